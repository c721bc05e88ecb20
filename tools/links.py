"""Does every link of a built site lead somewhere? `python tools/links.py _docs` reads all pages, whoever made them, and checks that every local
page, picture, style, script and anchor that they name is there. Addresses on other servers are not asked."""
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

class Page(HTMLParser):
    "Links and anchors of a page"
    def __init__(self, text: str):
        super().__init__(convert_charrefs=True)
        self.links, self.anchors = [], set()
        self.feed(text)

    def handle_starttag(self, tag, attrs) -> None:
        for name, value in attrs:
            if name in ('id', 'name') and value: self.anchors.add(value)
            if name in ('href', 'src') and value is not None: self.links.append(value)
            if name == 'srcset' and value: self.links += [part.split()[0] for part in value.split(',') if part.strip()]

def broken(site: Path) -> tuple[list[str], int, int]:
    "Lines that name a broken link, the number of pages and of local links"
    pages = {p.resolve(): Page(p.read_text(encoding='utf-8')) for p in sorted(site.rglob('*.html'))}
    wrong, count = [], 0
    for path, page in pages.items():
        for link in dict.fromkeys(page.links):
            url = urlsplit(link)
            if url.scheme or url.netloc or link.startswith('//'): continue
            if url.path.startswith('blob/'): continue # a line of the repository's source, where its address is not known
            count += 1
            base = site if url.path.startswith('/') else path.parent
            target = (base/unquote(url.path).lstrip('/')).resolve() if url.path else path
            if target.is_dir(): target = target/'index.html'
            where = path.relative_to(site.resolve()).as_posix()
            if not target.is_file(): wrong.append(f'{where}: {link}: no such file')
            elif url.fragment and target in pages and unquote(url.fragment) not in pages[target].anchors and url.fragment not in ('top',): wrong.append(f'{where}: {link}: no such anchor')
    return wrong, len(pages), count

def main() -> None:
    if len(sys.argv) != 2 or not Path(sys.argv[1]).is_dir(): sys.exit('python tools/links.py FOLDER')
    wrong, pages, links = broken(Path(sys.argv[1]))
    if not pages: sys.exit(f'{sys.argv[1]}: holds no page')
    print(*wrong, f'{pages} pages, {links} links inside the site, {len(wrong)} broken', sep='\n')
    sys.exit(bool(wrong))

if __name__ == '__main__': main()
