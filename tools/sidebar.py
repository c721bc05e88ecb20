"""nbs/sidebar.yml, the site's pages in reading order: `python tools/sidebar.py` writes it, `--check` says whether it is up to date.

The reference are the numbered notebooks by number. Tutorials and explanations come by the line `- order: N` under their title, then by name."""
import argparse, sys
from pathlib import Path

import yaml
from fastcore.nbio import nb_frontmatter, read_nb
from fastcore.xtras import frontmatter

NBS = Path(__file__).resolve().parent.parent/'nbs'

def order(page: Path) -> tuple[float, str]:
    "Key that sorts pages: the number under the title (those without one last), then the name"
    if page.suffix == '.qmd': return frontmatter(page.read_text(encoding='utf-8'))[0].get('order', float('inf')), page.name
    nb = read_nb(page)
    lost = [l for l in nb.cells[0].source.splitlines() if l.strip() and l[0] not in '#>-']
    if lost: sys.exit(f'{page}: the site drops all text of the title cell but title and subtitle; give "{lost[0][:40]}..." a cell of its own')
    return nb_frontmatter(nb).get('order', float('inf')), page.name

def pages(folder: str) -> list[str]:
    "The pages of one folder below nbs/, in reading order"
    found = [p for p in (NBS/folder).glob('*') if p.suffix in ('.ipynb', '.qmd') and p.name[0] not in '_.']
    return [p.relative_to(NBS).as_posix() for p in sorted(found, key=order)]

def sidebar() -> str:
    "The text of nbs/sidebar.yml"
    top = pages('.')
    numbered = sorted(p for p in top if p[0].isdigit())
    others = [p for p in top if p not in numbered and p != 'index.ipynb']
    sections = {'Tutorials': pages('tutorials'), 'Reference': numbered, 'Explanations': pages('explanations') + others}
    contents = ['index.ipynb', *({'section': name, 'contents': found} for name, found in sections.items() if found)]
    return '# Written by tools/sidebar.py\n' + yaml.safe_dump({'website': {'sidebar': {'contents': contents}}}, sort_keys=False)

def main() -> None:
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument('--check', action='store_true', help='write nothing; exit code 1 where the file differs')
    file, text = NBS/'sidebar.yml', sidebar()
    if not args.parse_args().check: file.write_text(text, encoding='utf-8')
    elif not file.exists() or file.read_text(encoding='utf-8') != text: sys.exit('nbs/sidebar.yml is not up to date; run python tools/sidebar.py')

if __name__ == '__main__': main()
