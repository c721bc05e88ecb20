"""nbs/index.ipynb -> README.md, without Quarto: `python tools/readme.py` writes it, `--check` says whether it is up to date.

Text is kept, with links relative to the top folder; code becomes fenced blocks; text outputs become fenced blocks; pictures that cells
show become files nbs/images/index_*.png. Cells with the directive `hide` are left out, and of those with
`echo: false` the code is."""
import argparse, base64, posixpath, re, sys
from pathlib import Path

from fastcore.nbio import read_nb

ROOT = Path(__file__).resolve().parent.parent
NOTES = '<!-- Made from nbs/index.ipynb by tools/readme.py: edit the notebook. -->'
RELATIVE_LINK = re.compile(r'(\]\()(?!\w+:|[#/])([^)\s]+)')

def relink(text: str) -> str:
    "Markdown of a page in nbs/ with its relative links turned into links from the top folder; fenced code is left alone"
    parts = re.split(r'(^```.*?^```[ \t]*$)', text, flags=re.S | re.M)
    def top(m): return m[1] + posixpath.normpath(posixpath.join('nbs', m[2]))
    return ''.join(part if i%2 else RELATIVE_LINK.sub(top, part) for i, part in enumerate(parts))

def render_output(output: dict, image: str, alt: str) -> tuple[str, dict[str, bytes]]:
    "One output as Markdown, and the files it needs (path from the top folder -> content); `image` is the path for a picture"
    if output['output_type'] == 'error': raise SystemExit(f"{image}: a cell of nbs/index.ipynb ended in {output['ename']}; run the notebook again")
    if output['output_type'] == 'stream':
        return ('' if output['name'] == 'stderr' else f"```\n{''.join(output['text']).rstrip()}\n```"), {}
    data = output['data']
    if 'image/png' in data: return f'![{alt}]({image})', {image: base64.b64decode(''.join(data['image/png']))}
    if 'text/markdown' in data: return relink(''.join(data['text/markdown']).rstrip()), {}
    return f"```\n{''.join(data['text/plain']).rstrip()}\n```", {}

def render(notebook: Path) -> dict[str, bytes]:
    "All files that the notebook makes: README.md and the pictures (path from the top folder -> content)"
    blocks, files = [NOTES], {}
    for cell in read_nb(notebook).cells:
        directives, source = cell.directives, ''.join(cell._partition()[1]).strip()
        if 'hide' in directives or not source: continue
        if cell.cell_type == 'markdown': blocks.append(relink(source))
        if cell.cell_type != 'code': continue
        if directives.get('echo', '').strip() != 'false': blocks.append(f'```python\n{source}\n```')
        for i, output in enumerate(cell.get('outputs', [])):
            image = f"nbs/images/index_{cell.id}{f'_{i}' if i else ''}.png"
            text, new = render_output(output, image, directives.get('fig-alt', 'output of the cell above').strip('"'))
            if text: blocks.append(text)
            files |= new
    return {'README.md': ('\n\n'.join(blocks) + '\n').encode(), **files}

def main() -> None:
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument('--check', action='store_true', help='write nothing; exit code 1 where a file differs from the notebook')
    check = args.parse_args().check
    files = render(ROOT/'nbs/index.ipynb')
    old = {p.relative_to(ROOT).as_posix() for p in (ROOT/'nbs/images').glob('index_*.png')} - files.keys()
    stale = sorted(old | {name for name, data in files.items() if not (ROOT/name).exists() or (ROOT/name).read_bytes() != data})
    if check and stale: sys.exit(f"not up to date with nbs/index.ipynb: {', '.join(stale)}; run python tools/readme.py")
    if check: return
    for name in old: (ROOT/name).unlink()
    for name, data in files.items():
        (ROOT/name).parent.mkdir(parents=True, exist_ok=True)
        (ROOT/name).write_bytes(data)
    print('\n'.join(files))

if __name__ == '__main__': main()
