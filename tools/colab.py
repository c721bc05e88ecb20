"""Where the tutorials are opened and installed from on Colab: `python tools/colab.py OWNER/REPOSITORY` writes the address of each tutorial into
its badge, and `git+https://...` into its install cell. In the sources neither names an owner: the badge opens Colab's own list of GitHub notebooks
and the cell installs by name, so that a fork need not undo anything. The workflow of the site runs this before it builds."""
import json, re, sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BADGE = re.compile(r'\(https://colab\.research\.google\.com/github/[^)]*\)')
INSTALL = re.compile(r"install -q (?:git\+\S+?|featherface_nano)'")

def stamp(repository: str, notebook: Path) -> bool:
    "Write the addresses into one notebook; False where it has no badge"
    nb = json.loads(notebook.read_text(encoding='utf-8'))
    address, found = f'https://colab.research.google.com/github/{repository}/blob/main/{notebook.relative_to(ROOT).as_posix()}', False
    for cell in nb['cells']:
        text = ''.join(cell['source'])
        if cell['cell_type'] == 'markdown': new, n = BADGE.subn(f'({address})', text); found |= n > 0
        else: new = INSTALL.sub(f"install -q git+https://github.com/{repository}'", text)
        if new != text: cell['source'] = new.splitlines(True)
    if found: notebook.write_text(json.dumps(nb, indent=1, ensure_ascii=False) + '\n', encoding='utf-8')
    return found

def main() -> None:
    if len(sys.argv) != 2 or not re.fullmatch(r'[\w.-]+/[\w.-]+', sys.argv[1]): sys.exit('python tools/colab.py OWNER/REPOSITORY')
    done = [nb.name for nb in sorted((ROOT/'nbs'/'tutorials').glob('*.ipynb')) if stamp(sys.argv[1], nb)]
    print(', '.join(done) or 'no tutorial has a badge')

if __name__ == '__main__': main()
