"""The site without Quarto: `python tools/preview.py` builds it into `_docs`, checks every link and says where it is; `--serve` shows it on
http://localhost:4200 until it is interrupted.

nbdev processes the notebooks as for Quarto, smalldocs renders them. Three things are done on the way that Quarto does by itself: pages
get the names that nbdev gives them (`00_core.ipynb` -> `core.html`), links follow, and formulas become MathML, which browsers draw without
any script or network. No cell is run. With `--quarto` Quarto builds the site instead, if it is installed."""
import argparse, functools, http.server, json, os, re, shutil, subprocess, sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROC, DOCS = ROOT/'_proc', ROOT/'_docs'
sys.path[:0] = [str(ROOT), str(ROOT/'tools')]

def process() -> None:
    "nbs/ -> _proc/, with the pages' final names"
    from nbdev.serve import proc_nbs
    proc_nbs(force=True, n_workers=0)
    names = {p.name: re.sub(r'^\d+[a-z]?_', '', p.name) for p in PROC.glob('*.ipynb')}
    number = re.compile(r'(?<![\w/])((?:\.\./)*)(' + '|'.join(map(re.escape, names)) + ')')
    def rename(text: str) -> str: return number.sub(lambda m: m[1] + names[m[2]], text)
    for page in [*PROC.rglob('*.ipynb'), *PROC.rglob('*.qmd'), PROC/'sidebar.yml']:
        if page.suffix != '.ipynb': page.write_text(rename(page.read_text(encoding='utf-8')), encoding='utf-8'); continue
        nb = json.loads(page.read_text(encoding='utf-8'))
        for cell in nb['cells']:
            if cell['cell_type'] == 'markdown': cell['source'] = rename(''.join(cell['source']))
        page.with_name(names.get(page.name, page.name)).write_text(json.dumps(nb), encoding='utf-8')
        if page.name in names and names[page.name] != page.name: page.unlink()

def mathml(tokens, idx, options, env, block: bool=False) -> str:
    "A formula as MathML, for smalldocs' renderer"
    from latex2mathml.converter import convert
    block = block or tokens[idx].type != 'math_inline'
    formula = convert(tokens[idx].content.strip(), display='block' if block else 'inline')
    return f'<p>{formula}</p>\n' if tokens[idx].type.startswith('math_block') else formula

def render() -> None:
    "_proc/ -> _docs/, by smalldocs"
    import smalldocs.markdown as markdown
    from smalldocs.site import build
    markdown.math_inline = markdown.math_display = markdown.math_block = lambda self, tokens, idx, options, env: mathml(tokens, idx, options, env)
    site = build(PROC, quiet=True)
    for warning in site.warnings:
        if not re.search('output-file is not read|is ignored$|is not built', warning): print(warning, file=sys.stderr) # Quarto's alone
    shutil.rmtree(DOCS, ignore_errors=True)
    shutil.move(PROC/'_docs', DOCS)

def quarto() -> None:
    "nbs/ -> _docs/, by Quarto"
    if not shutil.which('quarto'): sys.exit('quarto is not installed: https://quarto.org/docs/download; or leave --quarto out')
    subprocess.run(['nbdev-docs'], cwd=ROOT, check=True, env=os.environ | dict(PYTHONPATH=os.pathsep.join([str(ROOT/'tools'), os.environ.get('PYTHONPATH', '')])))

def without_fonts() -> None:
    "The themes' styles fetch fonts from another server: a visitor's address is nobody else's business, and the browser has fonts"
    for css in DOCS.rglob('*.css'):
        text = css.read_text(encoding='utf-8')
        kept = re.sub(r"""@import\s*(?:url\(\s*['"]?https?://[^)]*\)|"https?://[^"]*"|'https?://[^']*')\s*;?""", '', text)
        if kept != text: css.write_text(kept, encoding='utf-8')

def serve(port: int) -> None:
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(DOCS))
    with http.server.ThreadingHTTPServer(('127.0.0.1', port), handler) as server:
        print(f'http://localhost:{port} until Ctrl-C')
        try: server.serve_forever()
        except KeyboardInterrupt: pass

def main() -> None:
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument('--serve', action='store_true', help='show it in the browser')
    args.add_argument('--port', type=int, default=4200, help='of http://localhost')
    args.add_argument('--quarto', action='store_true', help='build with Quarto')
    opts = args.parse_args()
    os.chdir(ROOT)
    if opts.quarto: quarto()
    else: process(); render()
    without_fonts()
    from links import broken
    wrong, pages, links = broken(DOCS)
    print(*wrong, sep='\n', end='\n' if wrong else '')
    print(f'{DOCS.relative_to(ROOT)}/index.html: {pages} pages, {links} links inside the site, {len(wrong)} broken')
    if opts.serve: serve(opts.port)
    sys.exit(bool(wrong))

if __name__ == '__main__': main()
