"""The site and the widget in a real browser: `python tools/browser.py [site] [lab] [voila]` (all three without a word).

site   opens the built site: every page, every picture, no error in the console, formulas without a network, the search, 390 pixels wide
lab    JupyterLab opens the detect tutorial and runs all cells; a photo is uploaded into the widget, the slider moved, a box seen
voila  the same with the page of `featherface-nano demo`

Playwright drives the Chromium that is installed (CHROMIUM names another). What is missing is installed with pip and apt where that is
possible; where it is not, the reason is printed and nothing is tested: exit code 0, or 1 with --strict. --screenshots DIR keeps the pictures."""
import argparse, contextlib, functools, http.server, importlib.util, os, shutil, signal, socket, subprocess, sys, tempfile, threading, time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TUTORIAL = 'tutorials/detect.ipynb'
PATIENCE = 600_000 # milliseconds for a busy machine; a quiet one needs a few seconds

class Skip(Exception): "Why nothing can be tested here"

# -- what is needed -----------------------------------------------------------------------------------------------------------------
def need(package: str) -> None:
    "Install a Python package where it is missing"
    if importlib.util.find_spec(package): return
    done = subprocess.run([sys.executable, '-m', 'pip', 'install', '-q', package], capture_output=True, text=True)
    importlib.invalidate_caches()
    if not importlib.util.find_spec(package): raise Skip(f'{package} is missing and pip could not install it: {(done.stderr.strip().splitlines() or ["no reason given"])[-1]}')

def chromium() -> str:
    "Path of a Chromium"
    names = ('chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable')
    def found(): return os.environ.get('CHROMIUM') or next((p for n in names if (p := shutil.which(n))), '')
    if found(): return found()
    if shutil.which('apt-get') and hasattr(os, 'geteuid') and os.geteuid() == 0:
        for words in (['update', '-qq'], ['install', '-y', '-qq', '--no-install-recommends', 'chromium']): subprocess.run(['apt-get', *words], capture_output=True)
        if found(): return found()
    raise Skip('no Chromium: install it (apt-get install chromium) or name one with CHROMIUM')

# -- servers ------------------------------------------------------------------------------------------------------------------------
def free_port() -> int:
    with socket.socket() as s: s.bind(('127.0.0.1', 0)); return s.getsockname()[1]

@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    "A folder over HTTP"
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args): pass
    with http.server.ThreadingHTTPServer(('127.0.0.1', 0), functools.partial(Quiet, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try: yield f'http://127.0.0.1:{server.server_port}'
        finally: server.shutdown()

@contextlib.contextmanager
def running(command: list[str], port: int, cwd: Path) -> Iterator[None]:
    "A server process, from the moment it takes connections"
    env, log = os.environ | dict(PYTHONPATH=os.pathsep.join(p for p in (str(ROOT), os.environ.get('PYTHONPATH')) if p)), cwd/'log'
    with log.open('w') as out, subprocess.Popen(command, cwd=cwd, env=env, stdout=out, stderr=subprocess.STDOUT, start_new_session=True) as process:
        try:
            for _ in range(600):
                with contextlib.suppress(OSError), socket.create_connection(('127.0.0.1', port), 5): break
                if process.poll() is not None: raise AssertionError(f'{command[2]} ended: {log.read_text()[-1500:]}')
                time.sleep(.5)
            else: raise AssertionError(f'nothing answers on port {port}: {log.read_text()[-1500:]}')
            yield
        finally: # the server and the kernels that it started
            with contextlib.suppress(ProcessLookupError): os.killpg(process.pid, signal.SIGTERM)
            process.wait(60)

# -- tests --------------------------------------------------------------------------------------------------------------------------
def photo(folder: Path) -> Path:
    "The portrait in a frame, so that it differs from the widget's first photo"
    from PIL import Image
    from featherface_nano.core import portrait
    im = Image.new('RGB', (700, 700), (90, 120, 90)); im.paste(Image.fromarray(portrait()), (94, 50))
    im.save(folder/'own photo.png')
    return folder/'own photo.png'

def watch(page) -> list[str]:
    "What the browser complains about, from now on"
    wrong: list[str] = []
    page.on('console', lambda m: wrong.append(f'console: {m.text}') if m.type == 'error' else None)
    page.on('pageerror', lambda e: wrong.append(f'error: {e}'))
    page.on('requestfailed', lambda r: wrong.append(f'failed: {r.url}'))
    page.on('response', lambda r: wrong.append(f'{r.status}: {r.url}') if r.status >= 400 and not r.url.endswith('favicon.ico') else None)
    return wrong

def site(browser, shots: Path) -> None:
    docs = ROOT/'_docs'
    if not (docs/'index.html').exists(): subprocess.run([sys.executable, str(ROOT/'tools/preview.py')], check=True)
    pages = sorted(p.relative_to(docs).as_posix() for p in docs.rglob('*.html'))
    with served(docs) as url:
        for width in (1280, 390):
            page = browser.new_page(viewport=dict(width=width, height=900)); wrong = watch(page)
            page.route(lambda address: not address.startswith(url), lambda route: (wrong.append(f'wants the network: {route.request.url}'), route.abort()))
            for name in pages:
                page.goto(f'{url}/{name}', wait_until='load')
                page.evaluate("document.querySelectorAll('img').forEach(i => i.loading = 'eager')")
                page.wait_for_function("[...document.images].every(i => i.complete)")
                wrong += [f'{name}: no picture: {src}' for src in page.evaluate("[...document.images].filter(i => !i.naturalWidth).map(i => i.getAttribute('src').slice(0, 80))")]
                over = page.evaluate('document.documentElement.scrollWidth') - width
                if over > 1: wrong.append(f'{name}: {over} pixels wider than a window of {width}')
                if name in ('index.html', 'anchors.html', 'explanations/architecture.html', TUTORIAL.replace('ipynb', 'html')): page.screenshot(path=shots/f'site_{width}_{Path(name).stem}.png')
            assert not wrong, '\n'.join(wrong)
            page.close()
        page = browser.new_page(viewport=dict(width=1280, height=900))
        page.goto(url + '/index.html')
        page.keyboard.press('/') if not page.locator('#quarto-search button, .search-open, [aria-label=Search]').count() else page.locator('#quarto-search button, .search-open, [aria-label=Search]').first.click()
        page.keyboard.type('Distillation', delay=40)
        hit = page.locator('a[href*="distill"]').filter(has_text='istill').last
        page.wait_for_function("document.body.innerText.match(/distill[^]*Distillation|Distillation[^]*distill/)")
        page.wait_for_timeout(500); page.screenshot(path=shots/'site_search.png')
        hit.click(); page.wait_for_load_state()
        assert 'distill' in page.url, f'the search for Distillation led to {page.url}'
        page.close()
    print(f'site: {len(pages)} pages at 1280 and 390 pixels, every picture loads, no error, nothing from the network; the search finds Distillation')

def use_widget(page, file: Path, shots: Path, name: str, frame) -> None:
    "Upload, see the box, move the slider until it is gone, take it back"
    demo = frame.locator('.ff-demo').first
    demo.wait_for(state='attached'); demo.scroll_into_view_if_needed()
    def upload(path: Path) -> None: # the button opens the browser's own dialogue
        with page.expect_file_chooser() as dialogue: demo.locator('button', has_text='Photos').click()
        dialogue.value.set_files(path)
    upload(file)
    demo.locator('select').first.locator('option', has_text='own photo.png').wait_for(state='attached')
    title = demo.locator('.ff-pane').first.locator('.widget-html, .jupyter-widget-html, .widget-html-content').first
    def faces() -> int: text = title.inner_text(); return 0 if 'no faces' in text else int(text.split(':')[-1].split()[0])
    def until(true, what):
        for _ in range(PATIENCE//500):
            if true(): return
            page.wait_for_timeout(500)
        raise AssertionError(f'{name}: {what}; the pane says {title.inner_text()!r}')
    picture = demo.locator('.ff-pane img').first
    until(lambda: picture.evaluate('i => i.naturalWidth > 0 && i.naturalWidth == i.naturalHeight'), 'the uploaded photo, which is square, is not shown')
    until(lambda: demo.locator('select').first.input_value() == 'own photo.png' and faces() >= 1, 'no face in the uploaded photo')
    box = picture.evaluate("""i => { const c = document.createElement('canvas'); c.width = i.naturalWidth; c.height = i.naturalHeight; const d = c.getContext('2d'); d.drawImage(i, 0, 0);
        const p = d.getImageData(0, 0, c.width, c.height).data; let n = 0; for (let k = 0; k < p.length; k += 4) if (p[k] < 90 && p[k+1] > 180 && p[k+2] > 200) n++; return n }""")
    assert box > 300, f'{name}: {box} pixels of the colour of a box'
    before = faces()
    page.wait_for_timeout(400); demo.scroll_into_view_if_needed(); demo.screenshot(path=shots/f'{name}.png')
    demo.locator('.noUi-handle').first.focus()
    for _ in range(40): page.keyboard.press('ArrowRight')
    until(lambda: faces() < before, 'the slider changes nothing')
    demo.screenshot(path=shots/f'{name}_slider.png')
    demo.locator('details.ff-json summary').first.click(); demo.locator('details.ff-json button').first.click()
    assert '"model"' in demo.locator('textarea').first.input_value() and demo.locator('details.ff-json button').first.inner_text() == 'copied'
    (file.parent/'broken.jpg').write_bytes(b'this is no photo')
    upload(file.parent/'broken.jpg')
    demo.locator('[role=alert]', has_text='broken.jpg: not an image').wait_for()
    demo.screenshot(path=shots/f'{name}_broken.png')
    print(f'{name}: {before} faces with a box of {box} pixels after the upload, {faces()} after the slider; the broken file is named')

def lab(browser, shots: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        work, port = Path(folder), free_port()
        shutil.copytree(ROOT/'nbs', work/'nbs', symlinks=True)
        command = [sys.executable, '-m', 'jupyterlab', '--no-browser', '--allow-root', f'--port={port}', '--port-retries=0', '--IdentityProvider.token=', '--ServerApp.disable_check_xsrf=True', f'--ServerApp.root_dir={work/"nbs"}', '--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate']
        with running(command, port, work):
            page = browser.new_page(viewport=dict(width=1400, height=1250)); page.set_default_timeout(PATIENCE)
            page.goto(f'http://127.0.0.1:{port}/lab/tree/{TUTORIAL}')
            page.locator('.jp-NotebookPanel h1').first.wait_for()
            page.locator('.jp-Toolbar-kernelName', has_text='No Kernel').wait_for(state='detached')
            page.screenshot(path=shots/'lab_open.png')
            page.wait_for_timeout(1000)
            if (no := page.get_by_role('button', name='No', exact=True)).count(): no.first.click() # news? a first start asks
            page.locator('.lm-MenuBar-item', has_text='Run').click()
            page.locator('.lm-Menu-item[data-command="runmenu:run-all"]').click()
            page.locator('.ff-demo').first.wait_for(state='attached')
            idle = page.locator('.jp-Notebook-ExecutionIndicator[data-status=idle]')
            for _ in range(3): # idle three times in a row, since the kernel pauses between cells
                idle.first.wait_for(state='attached'); page.wait_for_timeout(1000)
            page.screenshot(path=shots/'lab_end.png')
            use_widget(page, photo(work), shots, 'lab', page)
            wrong = page.locator('.jp-RenderedText[data-mime-type="application/vnd.jupyter.stderr"], .jp-mod-error').all_inner_texts()
            assert not any('Error' in w for w in wrong), wrong
            page.close()

def voila(browser, shots: Path) -> None:
    need('voila')
    with tempfile.TemporaryDirectory() as folder:
        work, port = Path(folder), free_port()
        command = [sys.executable, '-c', 'import sys; from featherface_nano.cli import main; sys.exit(main())', 'demo', f'--port={port}', '--no-browser']
        with running(command, port, work):
            for width in (1280, 390):
                page = browser.new_page(viewport=dict(width=width, height=900)); page.set_default_timeout(PATIENCE)
                page.goto(f'http://127.0.0.1:{port}/')
                use_widget(page, photo(work), shots, f'voila_{width}', page)
                over = page.evaluate('document.documentElement.scrollWidth') - width
                assert over <= 1, f'the page is {over} pixels wider than a window of {width}'
                page.close()

def main() -> None:
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument('what', nargs='*', metavar='site|lab|voila')
    args.add_argument('--screenshots', type=Path, help='folder for pictures')
    args.add_argument('--strict', action='store_true', help='what cannot be tested is a failure')
    opts = args.parse_args()
    tests, skipped = dict(site=site, lab=lab, voila=voila), []
    if unknown := set(opts.what) - set(tests): args.error(f'{", ".join(unknown)}: choose of {", ".join(tests)}')
    sys.path.insert(0, str(ROOT)); os.chdir(ROOT)
    try: need('playwright'); path = chromium()
    except Skip as reason: sys.exit(f'skipped: {reason}') if opts.strict else print(f'skipped: {reason}'); return
    from playwright.sync_api import sync_playwright
    with sync_playwright() as p, tempfile.TemporaryDirectory() as temporary:
        shots = opts.screenshots or Path(temporary); shots.mkdir(parents=True, exist_ok=True)
        browser = p.chromium.launch(executable_path=path, args=['--no-sandbox'])
        for name in opts.what or tests:
            try: tests[name](browser, shots.resolve())
            except Skip as reason: skipped.append(name); print(f'{name} skipped: {reason}')
        browser.close()
    if skipped and opts.strict: sys.exit(1)

if __name__ == '__main__': main()
