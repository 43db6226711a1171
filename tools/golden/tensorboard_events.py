#!/usr/bin/env python3
"""Make tests/golden/tensorboard.tfevents with TensorBoard's own writer (pip install tensorboard).

The records, in order, are the ones that tests/unit/report/test_tensorboard.c writes: the file's version, the start of a
session at step 3, and scalars with awkward steps, values and tags, all at fixed wall times.
"""

import sys
from pathlib import Path

from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.record_writer import RecordWriter

OUT = Path(__file__).resolve().parents[2] / "tests" / "golden" / "tensorboard.tfevents"

SCALARS = [  # wall time, tag, step, value
    (1700000000.25, "train/loss", 0, 1.5),
    (1700000001.5, "val/accuracy", 1, 0.0),
    (1700000002.0, "test/f1_weighted", 127, 0.7123456789),
    (1700000003.0, "val/loss_itc", 128, -1e-30),
    (1700000004.0, "val/F1 de la classe \u00e9l\u00e9gante", 300000000000, 3.4e38),
    (1700000005.0, "train/" + "long" * 50, -1, float("inf")),
]


def main():
    with open(OUT, "wb") as file:
        writer = RecordWriter(file)
        events = [Event(wall_time=1700000000.0, file_version="brain.Event:2"),
                  Event(wall_time=1700000000.0, step=3, session_log=SessionLog(status=SessionLog.START))]
        events += [Event(wall_time=time, step=step, summary=Summary(value=[Summary.Value(tag=tag, simple_value=value)]))
                   for time, tag, step, value in SCALARS]
        for event in events:
            writer.write(event.SerializeToString())
        writer.flush()
    print(f"{OUT}: {OUT.stat().st_size} bytes")


if __name__ == "__main__":
    sys.exit(main())
