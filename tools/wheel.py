"""Is the built package whole? `python tools/wheel.py DIST` looks at the wheel in the folder DIST: name and version, every module, `py.typed` and
the shipped weights byte for byte; then unpacks it elsewhere, imports every module from there, and finds the face on the portrait.
With --install it does as a new user would: installs the wheel in an empty virtual environment, and there, with the network cut off, runs the
ten lines of README.md and the command line. --borrow takes the required libraries from this environment instead of installing them (some 6 GB)."""
import argparse, configparser, os, re, subprocess, sys, sysconfig, tempfile, venv
from email.parser import Parser
from pathlib import Path
from zipfile import ZipFile

ROOT = Path(__file__).resolve().parent.parent

TRY = '''
import importlib, pkgutil, sys
from pathlib import Path
target = Path(sys.argv[1]).resolve()
sys.path.insert(0, str(target))
import featherface_nano as package
assert target in Path(package.__file__).resolve().parents, f"imported from {package.__file__}"
assert package.__version__ == sys.argv[2], f"__version__ is {package.__version__}, the wheel says {sys.argv[2]}"
loaded = {'fastai', 'matplotlib'} & sys.modules.keys()
assert not loaded, f"import {package.__name__} loads {loaded}"
from featherface_nano import Detector
from featherface_nano.core import portrait
from featherface_nano.toy import PORTRAIT_BOX
faces = Detector()(portrait())
assert len(faces) and abs(faces.boxes[0] - PORTRAIT_BOX).max() < 30, f"the portrait's best face is at {faces.boxes[:1].tolist()}, not at {list(PORTRAIT_BOX)}"
modules = [m.name for m in pkgutil.iter_modules(package.__path__)]
for name in modules: importlib.import_module(f'{package.__name__}.{name}')
print(f"{len(modules)} modules imported from the wheel; the portrait's face has score {faces.scores[0]:.3f}")
'''

def check_contents(wheel: Path, package: str) -> str:
    "Compares the wheel's files with the source tree's and returns the version; AssertionError names what differs"
    source = {p.relative_to(ROOT).as_posix(): p.read_bytes() for p in (ROOT/package).rglob('*') if p.suffix in ('.py', '.safetensors') or p.name == 'py.typed'}
    with ZipFile(wheel) as z:
        held = {n: z.read(n) for n in z.namelist() if n.startswith(f'{package}/')}
        meta = Parser().parsestr(z.read(next(n for n in z.namelist() if n.endswith('.dist-info/METADATA'))).decode())
    assert held == source, f'missing, added or different in the wheel: {sorted(n for n in held.keys() | source.keys() if held.get(n) != source.get(n))}'
    assert any(n.endswith('.safetensors') for n in held), 'the wheel holds no weights'
    assert f'{package}/py.typed' in held, 'the wheel holds no py.typed'
    assert meta['Name'] == package, f"the wheel is named {meta['Name']}, settings.ini says {package}"
    print(f"{wheel.name}: {len(held)} files, {wheel.stat().st_size/2**20:.1f} MiB")
    return meta['Version']

CUT = """
import socket
def _cut(*args, **kwargs): raise OSError('the network is cut off')
socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = _cut
"""

def as_a_user(wheel: Path, borrow: bool) -> None:
    "Installs the wheel in an empty environment and runs README.md's first Python block and the command line there"
    [lines, *_] = re.findall(r'^```python\n(.*?)^```', (ROOT/'README.md').read_text(encoding='utf-8'), flags=re.S | re.M)
    with tempfile.TemporaryDirectory() as home:
        where = Path(home)/'env'
        venv.create(where, with_pip=True)
        scripts, python = sysconfig.get_path('scripts', 'venv', dict(base=str(where))), sysconfig.get_path('purelib', 'venv', dict(base=str(where), platbase=str(where)))
        run = lambda *words, **kw: subprocess.run([str(w) for w in words], check=True, cwd=home, env={k: v for k, v in os.environ.items() if not k.startswith('PYTHON')} | dict(PYTHONUTF8='1'), **kw)
        exe = Path(scripts)/('python.exe' if os.name == 'nt' else 'python')
        run(exe, '-m', 'pip', 'install', '--quiet', *(['--no-deps'] if borrow else []), wheel.resolve())
        if borrow: (Path(python)/'borrowed.pth').write_text('\n'.join(dict.fromkeys(sysconfig.get_path(k) for k in ('purelib', 'platlib'))), encoding='utf-8')
        (Path(python)/'sitecustomize.py').write_text(CUT, encoding='utf-8')
        (Path(home)/'ten_lines.py').write_text(lines, encoding='utf-8')
        run(exe, 'ten_lines.py')
        said = run(exe, '-c', 'import featherface_nano; print(featherface_nano.__file__)', capture_output=True, text=True).stdout
        assert where.resolve() in Path(said.strip()).resolve().parents, f'{said.strip()} is not the installed wheel'
        run(exe, '-c', "from featherface_nano.core import portrait; from PIL import Image; Image.fromarray(portrait()).save('photo.jpg')")
        run(Path(scripts)/('featherface-nano.exe' if os.name == 'nt' else 'featherface-nano'), 'detect', 'photo.jpg', '--save', 'drawn')
        assert (Path(home)/'drawn'/'photo.png').is_file()
        print(f'{wheel.name}: installed in an empty environment; README and command line run there without a network')

def main() -> None:
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument('dist', help='folder that holds the wheel')
    args.add_argument('--install', action='store_true', help='in an empty environment, as a new user would')
    args.add_argument('--borrow', action='store_true', help="with --install: this environment's libraries")
    opts = args.parse_args()
    dist = opts.dist
    ini = configparser.ConfigParser(delimiters=['='])
    ini.read(ROOT/'settings.ini', encoding='utf-8')
    [wheel] = Path(dist).glob('*.whl')
    version = check_contents(wheel, ini['DEFAULT']['lib_name'])
    if opts.install: return as_a_user(wheel, opts.borrow)
    with tempfile.TemporaryDirectory() as target:
        ZipFile(wheel).extractall(target)
        sys.exit(subprocess.run([sys.executable, '-I', '-c', TRY, target, version], cwd=target).returncode)

if __name__ == '__main__': main()
