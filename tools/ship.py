"""A finished run becomes shipped weights: `python tools/ship.py RUN NAME --data WIDERFACE`.

Balances the scores of the run's best.safetensors over the sides of anchors, and shifts them all so that the threshold of best F0.5
becomes 0.5 (a false alarm costs more than a miss), both by the development photos it set aside; then calms the sides that see faces in
blank pictures;
measures it there and on the validation photos by the official protocol, and writes featherface_nano/weights/NAME.safetensors with these figures,
the data's hash, the recipe and the environment in its metadata; recipes/NAME.json and recipes/NAME_history.csv are settings and history. Prints the figures beside those of the weights that had the name before."""
import argparse, json, math, shutil, sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

def figures(facts: dict) -> str:
    "The metrics of a weights file, a line each"
    rows = {k: {n: v for n, v in m.items() if n not in ('protocol', 'by')} for k, m in facts.get('metrics', {}).items()}
    return '\n'.join(f'  {k}: {json.dumps(v)}' for k, v in rows.items()) or '  no metrics'

def main() -> None:
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument('run', type=Path, help='folder of the run: best.safetensors, config.json, history.csv')
    args.add_argument('name', help='of the shipped weights')
    args.add_argument('--data', type=Path, required=True, help='folder in WIDER layout: train, val, ground_truth')
    args.add_argument('--dev', type=int, default=400, help='development photos that the run set aside (default: 400)')
    args.add_argument('--trained-on', help='one line on the training data; default: what the run recorded, else counted')
    args.add_argument('--device', help='one line on the machine the run was made on')
    args.add_argument('--hours', type=float, help='of training; default: from the speeds in history.csv')
    args.add_argument('--licence', default='for research: the training photos are offered for research use')
    args.add_argument('--dry-run', action='store_true', help='measure and print, write nothing into the repository')
    opts = args.parse_args()
    from featherface_nano.compare import measure_run
    from featherface_nano.detect import Detector
    from featherface_nano.insight import best_threshold
    from featherface_nano.train import balance_scores, calm_blank, list_candidates, shift_scores
    from featherface_nano.widerface import dev_split, read_widerface
    from featherface_nano.core import FeatherFaceError, read_image, write_atomic
    from featherface_nano.report import environment
    from featherface_nano.weights import load_weights, save_weights, shipped, weights_metadata
    try:
        held, best, centred = dev_split(read_widerface(opts.data, 'train'), opts.dev)[1], opts.run/'best.safetensors', opts.run/'centred'
        net, truth = load_weights(best), [o.faces for o in held]
        said, heights, sides = list_candidates(net, held), (10, 30, 50), sum(map(len, net.config.min_sizes))
        before, (balance, ap) = balance_scores(said, truth, sides, heights=heights, steps=())[1], balance_scores(said, truth, sides, heights=heights)
        record = {k: v for k, v in weights_metadata(best).items() if k not in ('config', 'metadata_version', 'featherface_nano')} | dict(score_balance=dict(shift=balance.tolist(), heights=list(heights), ap_before=before.round(2).tolist(), ap=ap.round(2).tolist()))
        save_weights(centred/'best.safetensors', shift_scores(net, balance), record)
        det = Detector(centred/'best.safetensors', threshold=.02)
        t = best_threshold([det.detect([read_image(o.path)], square=True)[0] for o in held], truth, beta=.5).threshold
        calm = calm_blank(shift_scores(net, -math.log(t/(1 - t))))
        save_weights(centred/'best.safetensors', net, record | dict(scores_centred_at=t, shift_for_blank_pictures=calm.tolist()))
        shutil.copyfile(opts.run/'history.csv', centred/'history.csv')
        facts = measure_run(centred, opts.data, opts.run/'ship', opts.dev)
    except FeatherFaceError as e: sys.exit(str(e))
    given = dict(trained_on=opts.trained_on, device=opts.device, hours=opts.hours, licence=opts.licence)
    facts |= dict(environment=environment()) | {k: v for k, v in given.items() if v is not None}
    print(f'{opts.run}:\n{figures(facts)}')
    if opts.name in shipped(): print(f'{opts.name} as shipped until now:\n{figures(weights_metadata(shipped()[opts.name]))}')
    if opts.dry_run: return
    path = save_weights(ROOT/'featherface_nano/weights'/f'{opts.name}.safetensors', load_weights(centred/'best.safetensors'), facts)
    with write_atomic(ROOT/'recipes'/f'{opts.name}.json', 'w') as f: f.write(json.dumps(facts['recipe'], indent=1) + '\n')
    shutil.copyfile(opts.run/'history.csv', ROOT/'recipes'/f'{opts.name}_history.csv')
    print(f'{path.relative_to(ROOT)} written, {path.stat().st_size/2**20:.2f} MiB; recipes/{opts.name}.json and recipes/{opts.name}_history.csv beside it')

if __name__ == '__main__': main()
