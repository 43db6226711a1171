"""What both PyTorch programs of the benchmark share: sizes, posts, measuring, the JSON they print."""

import argparse
import json
import os
import time

os.environ.setdefault("OMP_NUM_THREADS", "2")  # before torch starts its threads

import torch  # noqa: E402
import transformers  # noqa: E402
from transformers import BertConfig, BertModel  # noqa: E402

CLASSES, ITC_WIDTH, BETA = 3, 512, 0.1
SIZES = {
    # text tower; image tower; rows of one image, the width of both towers
    "minilm": {"text": {"hidden_size": 384, "num_hidden_layers": 6, "num_attention_heads": 12, "intermediate_size": 1536},
               "image": "dinov2-small", "rows": 257, "width": 384},
    "bert-base": {"text": {"hidden_size": 768, "num_hidden_layers": 12, "num_attention_heads": 12,
                           "intermediate_size": 3072},
                  "image": "vit-base", "rows": 197, "width": 768},
}


def arguments(description, precisions):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--size", choices=SIZES, default="minilm")
    parser.add_argument("--precision", choices=precisions, default="fp32")
    parser.add_argument("--lengths", required=True, help="JSON list of token lengths, one a post")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--warm-up", type=int, default=4)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--dropout", type=float, default=0.1, help="of the text tower, as its published configuration")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    return options


def text_tower(options, attention):
    config = BertConfig(**SIZES[options.size]["text"], hidden_dropout_prob=options.dropout,
                        attention_probs_dropout_prob=options.dropout, attn_implementation=attention)
    return BertModel(config).train()


def posts(options):
    """Token ids of every post (one tensor a post), targets; the same for every program that reads the same lengths."""
    with open(options.lengths) as file:
        lengths = json.load(file)
    generator = torch.Generator().manual_seed(0)
    ids = [torch.randint(1000, 30000, (length,), generator=generator) for length in lengths]
    return ids, torch.randint(0, CLASSES, (len(ids),), generator=generator)


def batches(options, count):
    """Endless lists of post indices: uniformly shuffled epochs, whole batches only."""
    generator = torch.Generator().manual_seed(1)
    while True:
        order = torch.randperm(count, generator=generator)
        for start in range(0, count - options.batch + 1, options.batch):
            yield order[start:start + options.batch]


def draw_pairs(size, generator):
    """The reference's ITM draw: each post keeps its text, or takes that of another post; -> (text indices, labels)."""
    own = torch.arange(size)
    other = torch.randint(0, size - 1, (size,), generator=generator)
    other += (other >= own).long()
    match = torch.rand(size, generator=generator) < 0.5
    return torch.where(match, own, other), match.long()


def process_age():
    """Seconds since this process was started."""
    with open("/proc/self/stat") as file:
        started = int(file.read().rsplit(")", 1)[1].split()[19]) / os.sysconf("SC_CLK_TCK")
    return time.clock_gettime(time.CLOCK_BOOTTIME) - started


def peak_rss():
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmHWM"))


def gemm_peak(dtype, size=2048, seconds=1.5):
    """Best of repeated square products, FLOP/s."""
    a, b = torch.randn(size, size).to(dtype), torch.randn(size, size).to(dtype)
    best, until = 0.0, time.perf_counter() + seconds
    while time.perf_counter() < until:
        begin = time.perf_counter()
        torch.mm(a, b)
        best = max(best, 2 * size ** 3 / (time.perf_counter() - begin))
    return best


def count_flops(step):
    from torch.utils.flop_counter import FlopCounterMode
    with FlopCounterMode(display=False) as counter:
        step()
    return counter.get_total_flops()


def measure(options, step, started):
    """Run warm-up and timed steps and print the result. Memory is read before anything else allocates."""
    for _ in range(options.warm_up):
        step()
    times, cpu = [], []
    for _ in range(options.steps):
        begin, cpu_begin = time.perf_counter(), time.process_time()
        loss = step()
        times.append(time.perf_counter() - begin)
        cpu.append(time.process_time() - cpu_begin)
    memory = peak_rss()
    median = sorted(times)[len(times) // 2]
    dtype = torch.bfloat16 if options.precision == "bf16" else torch.float32
    print(json.dumps({
        "size": options.size, "precision": options.precision, "batch": options.batch, "threads": options.threads,
        "steps": options.steps, "step_seconds_median": median, "step_seconds_min": min(times),
        "step_cpu_seconds_median": sorted(cpu)[len(cpu) // 2],
        "examples_per_second": options.batch / median, "peak_rss_bytes": memory, "startup_seconds": started,
        "gemm_peak_flops": gemm_peak(dtype), "flops_per_step": count_flops(step), "last_loss": loss,
        "torch": torch.__version__, "transformers": transformers.__version__}))
