# Wasmtime on the same programs, with and without its own fuel: prints {"NAME": {"raw": ms, "fuel": ms}} as JSON.
# Arguments: pairs of a module's path and the size to run. Processor time of the thread, rounds interleaved, medians.
import json, statistics, sys, time
from pathlib import Path
from wasmtime import Config, Engine, Instance, Module, Store

ROUNDS = 9


def prepare(path, fuel):
    config = Config()
    config.consume_fuel = fuel
    engine = Engine(config)
    store = Store(engine)
    if fuel:
        store.set_fuel(2**62)
    instance = Instance(store, Module.from_file(engine, path), [])
    run = instance.exports(store)["run"]
    return lambda size: run(store, size)


def measure(path, size):
    variants = {"raw": prepare(path, False), "fuel": prepare(path, True)}
    times = {name: [] for name in variants}
    answers = {run(size) for run in variants.values()}
    if len(answers) != 1:
        raise SystemExit(f"{path}: the answers differ")
    for round in range(ROUNDS):
        for name in sorted(variants, reverse=round % 2 == 1):
            begin = time.thread_time_ns()
            variants[name](size)
            times[name].append((time.thread_time_ns() - begin) / 1e6)
    return {name: statistics.median(values) for name, values in times.items()}


if __name__ == "__main__":
    pairs = zip(sys.argv[1::2], sys.argv[2::2])
    print(json.dumps({Path(path).stem: measure(path, int(size)) for path, size in pairs}))
