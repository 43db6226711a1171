"""Turn the benchmark's measurements into tables: docs/benchmarks.md from benchmarks.md.in, and what the terminal shows."""

GIB = 2 ** 30
LEAST_CAREFUL, LEAST_REFERENCE, MOST_MEMORY, MOST_COMMAND = 2.5, 15.0, 0.6, 0.05
NAMES = {"auxfuse": "auxfuse", "careful": "careful PyTorch", "reference": "reference recipe"}


def table(header, rows):
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def steps_table(results):
    """One row a measurement; the share is of the best matrix-product rate either side reached at this precision."""
    rows = []
    for (size, precision, program), r in results.items():
        peak = max(other["gemm_peak_flops"] for (_, p, _), other in results.items() if p == precision)
        rate = r["flops_per_step"] / r["step_seconds_median"]
        rows.append([size, precision, NAMES[program], f"{r['step_seconds_median']:.3f}",
                     f"{r['examples_per_second']:.1f}", f"{r['peak_rss_bytes'] / GIB:.2f}", f"{r['startup_seconds']:.2f}",
                     f"{rate / 1e9:.0f}", f"{100 * rate / peak:.0f} %"])
    return table(["model", "precision", "program", "seconds a step", "examples/s", "peak memory, GiB", "start-up, s",
                  "GFLOP/s", "of the peak"], rows)


def verdict(value, ok):
    return f"{value:.2f}{'' if ok else ' (missed)'}"


def ratios(results):
    """-> (table of ratios against both opponents, whether every aim was met)"""
    rows, met = [], True
    for (size, precision, program), ours in results.items():
        careful, reference = results.get((size, precision, "careful")), results.get((size, "fp32", "reference"))
        if program != "auxfuse":
            continue
        row = [size, precision]
        for other, least in ((careful, LEAST_CAREFUL), (reference, LEAST_REFERENCE)):
            if other is None:
                row.append("not measured")
                continue
            faster = other["step_seconds_median"] / ours["step_seconds_median"]
            met = met and faster >= least
            row.append(verdict(faster, faster >= least))
        if careful is None:
            row.append("not measured")
        else:
            memory = ours["peak_rss_bytes"] / careful["peak_rss_bytes"]
            met = met and memory <= MOST_MEMORY
            row.append(verdict(memory, memory <= MOST_MEMORY))
        rows.append(row)
    return table(["model", "precision", f"times careful PyTorch (aim ≥ {LEAST_CAREFUL})",
                  f"times the reference recipe (aim ≥ {LEAST_REFERENCE:.0f})",
                  f"memory / careful PyTorch's (aim ≤ {MOST_MEMORY})"], rows), met


def profile_table(results):
    parts, columns = {}, []
    for (size, precision, program), r in results.items():
        if program == "auxfuse" and r.get("profile"):
            column = f"{size} {precision}"
            columns.append(column)
            whole = sum(item["seconds"] for item in r["profile"]) or 1.0
            for item in r["profile"]:
                parts.setdefault(item["part"], {})[column] = f"{1000 * item['seconds']:.1f} ({100 * item['seconds'] / whole:.0f} %)"
    if not columns:
        return "The program printed no profile."
    return table(["part", *columns], [[part, *(values.get(c, "") for c in columns)] for part, values in parts.items()])


def commands_table(commands):
    return table(["command", f"seconds (aim < {MOST_COMMAND})"],
                 [[f"`{name}`", verdict(seconds, seconds < MOST_COMMAND) if seconds >= 0.01 else f"{seconds:.3f}"]
                  for name, seconds in commands.items()])


ENCODERS = "Encoders of published size"  # a section of its own program's


def with_section(text, title, body):
    """The document with that section replaced, or added at its end; the others as they are."""
    before, heading, rest = text.partition(f"## {title}\n")
    after = rest.partition("\n## ")[2] if heading else ""
    return f"{before.rstrip()}\n\n## {title}\n{body.rstrip()}\n" + (f"\n## {after}" if after else "")


def section(text, title):
    """The body of a section, None where there is none."""
    _, heading, rest = text.partition(f"## {title}\n")
    return rest.partition("\n## ")[0] if heading else None


def tables(text):
    """-> {what the line "NAME:" before a table says: its rows as lists of cells, without the header}"""
    found, name = {}, None
    for line in text.split("\n"):
        if line.startswith("| ") and name is not None:
            found.setdefault(name, []).append([cell.strip() for cell in line.strip("| ").split(" | ")])
        elif line.endswith(":") and " " not in line:
            name = line[:-1]
    return {name: rows[1:] for name, rows in found.items()}


def document(template, results, commands, facts):
    values = {"STEPS": steps_table(results), "RATIOS": ratios(results)[0], "PROFILE": profile_table(results),
              "COMMANDS": commands_table(commands), **facts}
    for key, value in values.items():
        template = template.replace(f"@{key}@", str(value))
    return template
