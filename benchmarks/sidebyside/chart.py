"""Bar charts of results, as SVG."""

import html
import statistics

COLOURS = {"ours": "#2a6fb0", "peer": "#b0b7bf", "limit": "#e0a63a"}


def median(result, what="seconds"):
    return statistics.median(run[what] for run in result["runs"])


def chart(title, results):
    """Bars to the right, one a case, with a thin line from the least to the most."""
    sized = all(result["size"] for result in results)
    unit = "GB/s, more is better" if sized else "seconds, less is better"

    def value(result, time):
        return result["size"] / time / 1e9 if sized else time

    longest = max(value(result, run["seconds"]) for result in results for run in result["runs"])
    left, width, step = 330, 420, 26
    height = 52 + step * len(results)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {left + width + 90} {height}" '
        'font-family="system-ui, sans-serif" font-size="13">',
        f'<rect width="100%" height="100%" fill="#ffffff"/><text x="12" y="22" font-size="15" font-weight="600">{html.escape(title)}</text>',
        f'<text x="{left + width + 78}" y="22" text-anchor="end" fill="#555555">{unit}</text>',
    ]
    for i, result in enumerate(results):
        y = 38 + step * i
        middle = value(result, median(result))
        ends = sorted(value(result, run["seconds"]) for run in result["runs"])
        scale = width / longest
        parts.append(f'<text x="{left - 8}" y="{y + 14}" text-anchor="end">{html.escape(result["label"])}</text>')
        parts.append(f'<rect x="{left}" y="{y}" width="{middle * scale:.1f}" height="19" fill="{COLOURS[result["who"]]}"/>')
        parts.append(f'<path d="M{left + ends[0] * scale:.1f} {y + 9.5}H{left + ends[-1] * scale:.1f}" stroke="#222222"/>')
        parts.append(f'<text x="{left + ends[-1] * scale + 6:.1f}" y="{y + 14}">{middle:.2f}</text>')
    return "\n".join(parts) + "\n</svg>\n"
