"""Feed damaged files to every reader of the package: `python tools/fuzz.py --n 10000 --seed 0 [--only image] [--json]`.

Each input is a sound file with a few bytes flipped, cut, doubled or replaced, or half of it from another file. A reader may read it or raise its
documented error; anything else is a failure, as is an input that takes longer than --limit seconds, or memory that grows by more than --growth MB
after the first fifth. Failing inputs are written to --keep, so that they can be looked at. Exit code 1 if anything failed."""
import argparse, io, json, os, shutil, signal, sys, tempfile, time, warnings
from pathlib import Path

import numpy as np, psutil
from PIL import Image

import featherface_nano.core as core
from featherface_nano.config import ModelConfig, TrainConfig, from_json, get_config, to_json
from featherface_nano.core import AnnotationError, ConfigError, DataError, EvaluationError, Faces, ImageError, WeightsError

TOKENS = [b'-1', b'0', b'nan', b'inf', b'1e308', b'-1e9', b'9'*30, b'\xff\xff\xff\xff', b'\x00'*8, b'\n', b'\r\n', b'..', b'/', b'null', b'{}', b'[]', b'"', b'\xef\xbb\xbf', b'\x7f\xff\xff\xff']

def damage(data: bytes, g: np.random.Generator, other: bytes) -> bytes:
    "One to six edits of `data`; most near the beginning, where headers are"
    d = bytearray(data)
    for _ in range(g.integers(1, 7)):
        n = len(d) if g.random() < .5 else min(len(d), 256)
        i, k = int(g.integers(0, max(1, n))), int(g.integers(1, 32))
        match g.integers(8):
            case 0 | 1: d[i:i+1] = bytes([d[i]^(1 << int(g.integers(8)))]) if i < len(d) else b''
            case 2: d[i:i+1] = bytes([g.integers(256)])
            case 3: del d[i:i+k]
            case 4: d[i:i] = d[i:i+k]
            case 5: t = TOKENS[g.integers(len(TOKENS))]; d[i:i+len(t)*int(g.integers(2))] = t
            case 6: d = d[:int(g.integers(0, len(d)+1))] if g.random() < .3 else d
            case 7: d[i:] = other[int(g.integers(0, len(other)+1)):] if g.random() < .3 else d[i:]
    return bytes(d)

# -- sound files to start from ------------------------------------------------------------------------------------------------------
def photos() -> list[bytes]:
    "The same small picture in the formats that people have, and with what hides in them: EXIF, palettes, 16 bits, several frames"
    y, x = np.mgrid[0:40, 0:48]; a = np.stack([x*5, y*6, x+y], -1).astype(np.uint8); im = Image.fromarray(a); out = []
    exif = Image.Exif(); exif[0x0112] = 6
    def add(image, form, **kw): f = io.BytesIO(); image.save(f, form, **kw); out.append(f.getvalue())
    for form in ('jpeg', 'png', 'gif', 'webp', 'tiff', 'bmp', 'ico', 'ppm', 'tga', 'jpeg2000'): add(im, form)
    add(im, 'jpeg', exif=exif, progressive=True); add(im.convert('CMYK'), 'jpeg'); add(im.convert('P'), 'png', transparency=3); add(im.convert('RGBA'), 'png')
    add(Image.fromarray(x.astype(np.uint16)*999), 'png'); add(im, 'gif', save_all=True, append_images=[im.transpose(0)]); add(im, 'tiff', compression='tiff_lzw'); add(im, 'webp', exif=exif, lossless=True)
    return out

POINTS = '5 6 0.0 9 6 0.0 7 8 0.0 5 10 0.0 9 10 0.0'
LABEL = f'# e/a.jpg\n2 3 10 12 {POINTS} 0.9\n20 3 5 6 {" ".join(["-1"]*15)} 0.5\n# e/b.jpg\n1 2 3 4\n'
LABELV2 = f'# e/a.jpg 40 30\n2 3 12 15 {POINTS}\n20 3 25 9\n30 20 34 24 1\n# e/b.jpg 40 30\n'
OFFICIAL = 'e/a.jpg\n2\n2 3 10 12 0 0 0 0 0 0 \n30 20 4 4 0 0 0 1 0 0 \ne/b.jpg\n0\n0 0 0 0 0 0 0 0 0 0 \n'
PREDICTIONS = 'a\n2\n1.00 2.00 10.00 12.00 0.900000\n3.00 4.00 5.00 6.00 0.100000\n'

class Targets:
    "name -> (sound files, what to do with a damaged one, errors it may raise)"
    def __init__(self, folder: Path):
        self.folder = folder
        Image.new('RGB', (40, 30)).save(self.below('wider/train/images/e/a.jpg')); shutil.copy(folder/'wider/train/images/e/a.jpg', folder/'wider/train/images/e/b.jpg')
        weights, checkpoint = self.weights()
        self.all = {
            'image':       (photos(), lambda b: core.read_image(b, max_pixels=1_000_000), (ImageError,)),
            'annotations': ([LABEL.encode(), LABELV2.encode(), OFFICIAL.encode()], self.annotations, (AnnotationError, DataError)),
            'own data':    ([*self.own()], self.formats, (AnnotationError, DataError)),
            'mat':         ([self.mat()], self.mat_file, (AnnotationError, DataError)),
            'predictions': ([PREDICTIONS.encode()], self.predictions, (EvaluationError,)),
            'config':      ([to_json(TrainConfig()).encode(), to_json(get_config('nano')).encode()], self.config, (ConfigError,)),
            'weights':     ([weights], self.load, (WeightsError,)),
            'checkpoint':  (checkpoint, self.pth, (WeightsError,))}
        self.share = {'own data': .1} | dict(image=.35, annotations=.15, mat=.05, predictions=.15, config=.15, weights=.03, checkpoint=.02)

    def below(self, name: str, data: bytes | None = None) -> Path:
        p = self.folder/name; p.parent.mkdir(parents=True, exist_ok=True)
        if data is not None: p.write_bytes(data)
        return p
    def annotations(self, b: bytes) -> None:
        "By the shape of what is left of it: the parser that would be asked"
        from featherface_nano.widerface import check_widerface, read_widerface
        root = self.folder/'wider'
        for n in ('train/label.txt', 'train/labelv2.txt', 'wider_face_split/wider_face_train_bbx_gt.txt'): (root/n).unlink(missing_ok=True)
        kind = 'wider_face_split/wider_face_train_bbx_gt.txt' if not b.startswith(b'#') else 'train/labelv2.txt' if b'40 30' in b[:40] else 'train/label.txt'
        self.below(f'wider/{kind}', b)
        check_widerface(root, photos=False) # parses to the end, whatever it finds
        read_widerface(root)
    def own(self) -> list[bytes]:
        "The portrait's box in the three formats of labelling tools"
        from featherface_nano.formats import to_coco, write_voc, write_yolo
        from featherface_nano.widerface import Sample
        one = [Sample('a.jpg', self.folder/'wider/train/images/e/a.jpg', Faces([[1, 2, 30, 25]], [[[5, 6], [12, 6], [9, 9], [6, 14], [11, 14]]]))]
        write_yolo(one, self.folder/'yolo'); write_voc(one, self.folder/'voc')
        return [json.dumps(to_coco(one)).encode(), (self.folder/'yolo/labels/train/a.txt').read_bytes(), (self.folder/'voc/Annotations/a.xml').read_bytes()]
    def formats(self, b: bytes) -> None:
        "By the first byte that is left: each parser, strict and lenient"
        from featherface_nano.formats import read_coco, read_voc, read_yolo
        kind = b.lstrip()[:1]
        name = 'coco.json' if kind in (b'{', b'[') else 'voc/Annotations/a.xml' if kind == b'<' else 'yolo/labels/train/a.txt'
        self.below(name, b)
        read = (lambda e: read_coco(self.folder/name, self.folder/'wider/train/images/e', on_error=e)) if kind in (b'{', b'[') else (lambda e: read_voc(self.folder/'voc', on_error=e)) if kind == b'<' else (lambda e: read_yolo(self.folder/'yolo', on_error=e))
        with warnings.catch_warnings(): warnings.simplefilter('ignore'); read('warn')
        read('raise')
    def mat(self) -> bytes:
        from featherface_nano.widerface import Sample, write_ground_truth
        s = [Sample(f'e/{n}.jpg', Path(f'{n}.jpg'), Faces([[1, 2, 30, 50], [3, 4, 9, 20]], ignore=[False, n == 'b'])) for n in 'ab']
        write_ground_truth(self.folder/'mat', s); return (self.folder/'mat'/'wider_face_val.mat').read_bytes()
    def mat_file(self, b: bytes) -> None:
        from featherface_nano.widerface import read_widerface
        Image.new('RGB', (40, 30)).save(self.below('lists/val/images/e/a.jpg')) if not (self.folder/'lists').exists() else None
        self.below('lists/ground_truth/wider_face_val.mat', b); read_widerface(self.folder/'lists', 'val')
    def predictions(self, b: bytes) -> None:
        from featherface_nano.evaluate import read_predictions
        self.below('pred/e/a.txt', b); read_predictions(self.folder/'pred')
    def config(self, b: bytes) -> None:
        from_json(ModelConfig if b'min_sizes' in b else TrainConfig, b)
    def weights(self) -> tuple[bytes, list[bytes]]:
        import torch
        from featherface_nano.weights import create_model, save_weights
        torch.manual_seed(0); model = create_model(ModelConfig(width=8)); save_weights(self.folder/'w.safetensors', model)
        some = {f'module.body.stage1.{i}.0.weight': torch.ones(2, 3) for i in range(3)}
        torch.save(some, self.folder/'new.pth'); torch.save(dict(state_dict=some), self.folder/'old.pth', _use_new_zipfile_serialization=False)
        return (self.folder/'w.safetensors').read_bytes(), [(self.folder/n).read_bytes() for n in ('new.pth', 'old.pth')]
    def load(self, b: bytes) -> None:
        from featherface_nano.weights import load_weights
        load_weights(self.below('damaged.safetensors', b))
    def pth(self, b: bytes) -> None:
        from featherface_nano.weights import load_released
        load_released(self.below('damaged.pth', b), 'retinaface')

class TooSlow(Exception): "An input that takes longer than the limit"

def fuzz(n: int, seed: int = 0, only: str = '', limit: float = 20, growth: float = 64, keep: str | None = None) -> dict:
    "Counts by reader, and what failed"
    def late(*_): raise TooSlow(f'longer than {limit:g} s')
    alarm = hasattr(signal, 'SIGALRM')
    if alarm: signal.signal(signal.SIGALRM, late)
    me, rows, failures = psutil.Process(), {}, []
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings(), open(os.devnull, 'w') as null:
        warnings.simplefilter('ignore') # about the damage
        t = Targets(Path(folder))
        for k,(name, (sound, read, allowed)) in enumerate(t.all.items()):
            if only and name != only: continue
            for b in sound:
                if name != 'checkpoint': read(b) # an undamaged file is read
            g, many = np.random.default_rng((seed, k)), max(1, round(n*(1 if only else t.share[name])))
            row, base = dict(inputs=many, read=0, refused=0, failed=0, slowest=0.), 0
            for i in range(many):
                b = damage(sound[g.integers(len(sound))], g, sound[g.integers(len(sound))]); began = time.perf_counter()
                if alarm: signal.setitimer(signal.ITIMER_REAL, limit)
                try: read(b); row['read'] += 1
                except allowed as e:
                    row['refused'] += 1
                    if '\n' in str(e): failures.append((name, i, f'message of several lines: {e}')); row['failed'] += 1
                except Exception as e:
                    row['failed'] += 1; failures.append((name, i, f'{type(e).__name__}: {core.short(e)}'))
                    if keep: p = Path(keep); p.mkdir(parents=True, exist_ok=True); (p/f'{name}-{seed}-{i}').write_bytes(b)
                finally:
                    if alarm: signal.setitimer(signal.ITIMER_REAL, 0)
                row['slowest'] = max(row['slowest'], time.perf_counter()-began)
                if i == many//5: base = me.memory_info().rss
            row['grown_MB'] = round((me.memory_info().rss-base)/1e6, 1); row['slowest'] = round(row['slowest'], 2)
            if row['grown_MB'] > growth: failures.append((name, many, f'memory grew by {row["grown_MB"]} MB')); row['failed'] += 1
            rows[name] = row
    return dict(seed=seed, inputs=sum(r['inputs'] for r in rows.values()), read=sum(r['read'] for r in rows.values()), refused=sum(r['refused'] for r in rows.values()), readers=rows, failures=failures)

def main() -> int:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--n', type=int, default=10_000, help='inputs in all'); p.add_argument('--seed', type=int, default=0, help='another seed, other damage')
    p.add_argument('--only', default='', help='one reader: image, annotations, own data, mat, predictions, config, weights, checkpoint')
    p.add_argument('--limit', type=float, default=20, help='longest time for one input, seconds'); p.add_argument('--growth', type=float, default=64, help='most memory a reader may gain, MB')
    p.add_argument('--keep', help='folder for inputs that failed'); p.add_argument('--json', action='store_true', help='answer as JSON')
    a = p.parse_args()
    r = fuzz(a.n, a.seed, a.only, a.limit, a.growth, a.keep)
    if a.json: print(json.dumps(r))
    else:
        for name,row in r['readers'].items(): print(f'{name:<12}' + ', '.join(f'{k} {v}' for k,v in row.items()))
        for name,i,why in r['failures'][:40]: print(f'FAILED {name} {i}: {why}')
    return int(bool(r['failures']))

if __name__ == '__main__': sys.exit(main())
