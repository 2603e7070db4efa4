"""Compares `fraudflow features export` with features recomputed by pandas and numpy, which share no code with the engine, and with the
published ones. Usage: check_export.py EXPORT.csv HANDBOOK_FOLDER [DAYS]; exits 1 if a row is lost, double or different.
Counts must be equal, means and risks within 1e-9. With DAYS only the first days of the file are expected.
"""
import json
import sys

import numpy as np
import pandas as pd

def recompute(tx, delay_days=7, windows=(1, 7, 30)):
    t = (pd.to_datetime(tx.TX_DATETIME).values.astype('datetime64[s]').astype(np.int64))
    cents = np.rint(tx.TX_AMOUNT.values * 100).astype(np.int64)
    fraud = tx.TX_FRAUD.values.astype(np.int64)
    out = pd.DataFrame({'TRANSACTION_ID': tx.TRANSACTION_ID.astype(str).values})
    dow = ((t // 86400) + 4) % 7
    out['TX_DURING_WEEKEND'] = np.isin(dow, (0, 6)).astype(float)
    out['TX_DURING_NIGHT'] = ((t % 86400) < 7 * 3600).astype(float)
    seq = np.arange(len(tx))
    for w in windows:
        out[f'CUSTOMER_ID_NB_TX_{w}DAY_WINDOW'] = 0.0; out[f'CUSTOMER_ID_AVG_AMOUNT_{w}DAY_WINDOW'] = 0.0
        out[f'TERMINAL_ID_NB_TX_{w}DAY_WINDOW'] = 0.0; out[f'TERMINAL_ID_RISK_{w}DAY_WINDOW'] = 0.0
    cols = {c: out[c].values.copy() for c in out.columns if c != 'TRANSACTION_ID'}
    for _, idx in tx.groupby('CUSTOMER_ID', sort=False).indices.items():
        order = idx[np.lexsort((seq[idx], t[idx]))]; ts = t[order]; cs = np.concatenate(([0], np.cumsum(cents[order])))
        hi = np.arange(1, len(order) + 1)
        for w in windows:
            lo = np.searchsorted(ts, ts - w * 86400, side='right')
            cols[f'CUSTOMER_ID_NB_TX_{w}DAY_WINDOW'][order] = hi - lo
            cols[f'CUSTOMER_ID_AVG_AMOUNT_{w}DAY_WINDOW'][order] = (cs[hi] - cs[lo]) / 100.0 / (hi - lo)
    D = delay_days * 86400
    for _, idx in tx.groupby('TERMINAL_ID', sort=False).indices.items():
        order = idx[np.lexsort((seq[idx], t[idx]))]; ts = t[order]; cf = np.concatenate(([0], np.cumsum(fraud[order])))
        hi = np.searchsorted(ts, ts - D, side='right')
        for w in windows:
            lo = np.searchsorted(ts, ts - D - w * 86400, side='right'); n = hi - lo
            cols[f'TERMINAL_ID_NB_TX_{w}DAY_WINDOW'][order] = n
            cols[f'TERMINAL_ID_RISK_{w}DAY_WINDOW'][order] = np.divide(cf[hi] - cf[lo], n, out=np.zeros(len(n)), where=n > 0)
    for c, v in cols.items(): out[c] = v
    return out

def compare(name, wanted, actual):
    actual = actual.copy(); actual['TRANSACTION_ID'] = actual.TRANSACTION_ID.astype(str)
    wanted = wanted.copy(); wanted['TRANSACTION_ID'] = wanted.TRANSACTION_ID.astype(str)
    double = int(actual.TRANSACTION_ID.duplicated().sum())
    g = actual.drop_duplicates('TRANSACTION_ID').set_index('TRANSACTION_ID')
    w = wanted.set_index('TRANSACTION_ID')
    lost = int((~w.index.isin(g.index)).sum()); extra = int((~g.index.isin(w.index)).sum())
    common = w.index[w.index.isin(g.index)]; g = g.loc[common]; w = w.loc[common]
    bad = {}
    for c in w.columns:
        d = np.abs(w[c].values.astype(float) - g[c].values.astype(float))
        tol = 0 if ('NB_TX' in c or 'DURING' in c) else 1e-9
        n = int((~(d <= tol)).sum())
        if n: bad[c] = n
    print(json.dumps({'against': name, 'rows': len(wanted), 'compared': len(common), 'features': len(w.columns), 'lost': lost, 'extra': extra, 'double': double, 'different': bad}))
    return lost == 0 and double == 0 and not bad

export, directory = sys.argv[1], sys.argv[2]
days = int(sys.argv[3]) if len(sys.argv) > 3 else None
tx = pd.read_csv(f'{directory}/transactions.csv.gz')
if days: tx = tx[pd.to_datetime(tx.TX_DATETIME) < pd.to_datetime(tx.TX_DATETIME.iloc[0]).normalize() + pd.Timedelta(days=days)]
actual = pd.read_csv(export)
ok = compare('independent recomputation', recompute(tx.reset_index(drop=True)), actual)
if not days:
    oracle = pd.read_csv(f'{directory}/features.csv.gz')
    ok &= compare('features.csv.gz', oracle, actual[actual.TRANSACTION_ID.astype(str).isin(set(oracle.TRANSACTION_ID.astype(str)))])
sys.exit(0 if ok else 1)
