"""Kill a training run and go on: `python tools/survive.py --kills 20 --seed 0 [--json]` (Linux, macOS).

A small run on generated photos is made once without a break, and then with SIGKILL at random moments of its computing time, resumed each time until it
is through. Weights, average, optimiser and history have to equal those of the unbroken run bit for bit (the column of speed left out), and no half
file may remain. A run that gets through before all kills are spent is compared, and another begun. Exit code 1 if anything differs."""
import argparse, contextlib, json, multiprocessing, os, signal, sys, tempfile, time
from pathlib import Path

import numpy as np, psutil

def child(data: str, folder: str, steps: int, out) -> None:
    "Train, or go on training, in a process of its own"
    import torch, warnings; warnings.simplefilter('ignore')
    from featherface_nano.config import TrainConfig
    from featherface_nano.train import run_training
    from featherface_nano.widerface import read_widerface
    torch.set_num_threads(1)
    config = TrainConfig(preset='nano', size=64, batch_size=2, images=2*steps, epochs=2*steps/12, warmup_epochs=.2, crop_scales=(.3, 1.5), assign='atss', box_loss='giou', class_loss='qfl', precision='fp32', ema=.9)
    run_training(config, read_widerface(data, 'train'), folder, read_widerface(data, 'val')[:1], resume=True, every=2, dev_size=64, log=lambda s: None)
    out.send(dict(seconds=time.process_time(), fastai='fastai' in sys.modules)); out.close()

def start(context, *args):
    "The process, and where it tells how it ended"
    here, there = context.Pipe(False)
    p = context.Process(target=child, args=(*args, there)); p.start(); there.close()
    return p, here

def result(folder: Path) -> dict:
    "Everything a run leaves, without its speed; tensors as bytes"
    from safetensors import safe_open
    from featherface_nano.train import read_history
    out: dict = dict(files=sorted(p.name for p in folder.iterdir()), history=[{k: v for k,v in r.items() if k != 'images_per_second'} for r in read_history(folder/'history.csv')])
    for name in ('last', 'best'):
        with safe_open(folder/f'{name}.safetensors', 'np') as f: out[name] = dict(meta=f.metadata(), **{k: f.get_tensor(k).tobytes() for k in f.keys()})
    return out

def survive(kills: int = 20, seed: int = 0, steps: int = 12) -> dict:
    "Counts, and what differs"
    from featherface_nano.widerface import toy_widerface
    os.environ.update(TQDM_DISABLE='1'); rng = np.random.default_rng(seed)
    context = multiprocessing.get_context('forkserver'); context.set_forkserver_preload(['featherface_nano.train', 'featherface_nano.widerface', 'scipy.io'])
    with tempfile.TemporaryDirectory() as tmp:
        root = Path(tmp); data = str(toy_widerface(root/'data', n=12, n_val=2, seed=0))
        p, told = start(context, data, str(root/'whole'), steps); whole = told.recv(); p.join(); want = result(root/'whole')
        done, runs, writing, at, differs, fastai = 0, 0, 0, [], [], whole['fastai']
        while done < kills or (root/'broken').exists():
            moment = rng.uniform(0, .7*whole['seconds']) if done < kills else float('inf')
            p, told = start(context, data, str(root/'broken'), steps); watch = psutil.Process(p.pid)
            try:
                while p.is_alive() and sum(watch.cpu_times()[:2]) < moment: time.sleep(.002)
            except psutil.Error: pass
            if p.is_alive():
                with contextlib.suppress(ProcessLookupError): os.kill(p.pid, signal.SIGKILL)
            p.join(); folder = root/'broken'
            if p.exitcode == -signal.SIGKILL:
                done += 1; writing += any(f.name.startswith('.') for f in folder.glob('*')) if folder.exists() else 0
                at.append(_step(folder))
            elif p.exitcode == 0:
                fastai |= told.recv()['fastai']; runs += 1; got = result(folder)
                differs += [f'run {runs}: {k}' for k in want if got[k] != want[k]]; folder.rename(root/f'through{runs}')
            else: differs.append(f'a process ended with exit code {p.exitcode}'); break
    return dict(kills=done, while_writing=writing, runs=runs, killed_after_step=at, steps=steps, equal=not differs, differs=differs, fastai=fastai)

def _step(folder: Path) -> int:
    "The last step that was saved when the kill came"
    from safetensors import safe_open
    if not (folder/'last.safetensors').exists(): return 0
    with safe_open(folder/'last.safetensors', 'np') as f: return int(f.metadata()['step'])

def main() -> int:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--kills', type=int, default=20, help='how often to kill'); p.add_argument('--seed', type=int, default=0, help='of the moments')
    p.add_argument('--steps', type=int, default=12, help='steps of the run'); p.add_argument('--json', action='store_true', help='answer as JSON')
    a = p.parse_args(); r = survive(a.kills, a.seed, a.steps)
    print(json.dumps(r) if a.json else '\n'.join(f'{k}: {v}' for k,v in r.items()))
    return int(not r['equal'] or r['fastai'])

if __name__ == '__main__': sys.exit(main())
