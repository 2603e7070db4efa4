"""Writes special.json, ks.json and metrics.json from scipy 1.17.1, numpy 2.4 and scikit-learn 1.9.

    pip install scipy==1.17.1 scikit-learn
    python libs/stats/test/vectors/make_vectors.py
"""
import json
from pathlib import Path

import numpy as np
from scipy import special, stats
from sklearn import metrics

HERE = Path(__file__).parent


def lcg(seed, n):
    out, s = [], seed
    for _ in range(n):
        s = (1664525 * s + 1013904223) % 2**32
        out.append(s / 2**32)
    return np.array(out)


def write(name, data):
    (HERE / name).write_text(json.dumps(data) + "\n")


write(
    "special.json",
    {
        "logGamma": [[x, float(special.gammaln(x))] for x in (0.1, 0.5, 1.5, 3.3, 14.9, 15.1, 100.5, 12345.6)],
        "chiSquareSf": [
            [x, df, float(stats.chi2.sf(x, df))]
            for df in (1, 3, 9, 19, 99, 1000)
            for x in (0.01, 0.7, 5.0, 9.0, 30.0, 100.0, 700.0, 1200.0)
        ],
        "chiSquareQuantile": [
            [p, df, float(stats.chi2.ppf(p, df))]
            for df in (1, 2, 9, 19, 250)
            for p in (1e-6, 0.01, 0.3, 0.5, 0.95, 0.999, 0.9999999)
        ],
        "noncentralChiSquareSf": [
            [x, df, nc, float(stats.ncx2.sf(x, df, nc))]
            for df in (1, 4, 9, 19)
            for nc in (0.5, 1.4, 10.0, 50.0, 400.0)
            for x in (0.5, 9.0, 20.0, 60.0, 120.0, 500.0)
            if stats.ncx2.sf(x, df, nc) > 1e-250
        ],
        "binomialAtLeast": [
            [k, n, p, float(stats.binom.sf(k - 1, n, p))]
            for (k, n, p) in ((1, 10, 0.01), (8, 10, 0.5), (12, 1000, 0.002), (50, 1000, 0.01225), (900, 1000, 0.01),
                              (480, 1000, 0.5), (3, 5000, 0.001), (5000, 5000, 0.99))
        ],
        "kolmogorovSf": [
            [n, d, float(stats.kstwo.sf(d, n))]
            for n in (1, 2, 5, 20, 100, 140, 141, 300, 1000, 10000, 100000)
            for d in sorted({0.6 / n, 0.9 / n, 1.3 / n, 0.3 / n**0.5, 0.5 / n**0.5, 0.8 / n**0.5, 1.1 / n**0.5,
                             1.4 / n**0.5, 1.6 / n**0.5, 2.5 / n**0.5, 5 / n**0.5})
            if 0 < d < 1
        ],
    },
)

shift = lambda n, seed: 0.1 + 0.9 * lcg(seed, n)
cases = []
for n1, n2 in ((1, 1), (3, 3), (5, 7), (10, 15), (40, 40), (200, 300), (1000, 999), (2000, 2000), (2000, 1750),
               (9999, 10000), (10001, 50), (12000, 15000)):
    for kind in ("same", "shifted", "coarse"):
        a, b = lcg(11, n1), (lcg(12, n2) if kind == "same" else shift(n2, 12))
        if kind == "coarse":
            a, b = np.floor(a * 8), np.floor(b * 8)
        result = stats.ks_2samp(a, b)
        cases.append([n1, n2, kind, float(result.statistic), float(result.pvalue)])
write("ks.json", {"ksTwoSample": cases})

s, v = lcg(3, 1000), lcg(4, 1000)
y = (v < s * s).astype(int)
tied = np.floor(s * 12) / 12
write(
    "metrics.json",
    {
        "rocAuc": float(metrics.roc_auc_score(y, s)),
        "averagePrecision": float(metrics.average_precision_score(y, s)),
        "logLoss": float(metrics.log_loss(y, s)),
        "brier": float(metrics.brier_score_loss(y, s)),
        "tiedRocAuc": float(metrics.roc_auc_score(y, tied)),
        "tiedAveragePrecision": float(metrics.average_precision_score(y, tied)),
        "quantiles": [[q, float(np.quantile(s, q))] for q in (0, 0.01, 0.25, 0.5, 0.9, 0.999, 1)],
        "variance": float(np.var(s)),
    },
)
