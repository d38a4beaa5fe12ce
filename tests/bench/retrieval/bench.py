# SPDX-License-Identifier: Apache-2.0
"""VexFS beside SQLite FTS5 and Recoll on the same collections; called by tests/bench/retrieval/run.

The definitions of the measures are those of cli/vexfs/retrieval_measures.h.
"""
import argparse
import html
import json
import math
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "../../integration/daemon")]
import session as daemon_session  # noqa: E402  a private bus and daemon, shared with the tests

STOP_WORDS = frozenset((
    "a about above after again all also am an and any are as at be because been before being below "
    "between both but by can could did do does doing down during each few for from further had has "
    "have having he her here hers him his how i if in into is it its itself me more most my no nor "
    "not of off on once only or other our out over own same she should so some such than that the "
    "their them then there these they this those through to too under until up very was we were "
    "what when where which while who whom why will with would you your").split())
DEPTH = 100


def read_lines(folder, *names):
    for name in names:
        path = os.path.join(folder, name)
        if os.path.exists(path):
            with open(path, encoding="utf-8") as stream:
                return [line for line in stream if line.strip()]
    raise SystemExit(f"{folder} has none of {', '.join(names)}")


class Collection:
    def __init__(self, folder):
        self.name = os.path.basename(folder.rstrip("/"))
        self.documents = [json.loads(line)
                          for line in read_lines(folder, "docs.jsonl", "corpus.jsonl")]
        grades = {}
        for line in read_lines(folder, "qrels.tsv", "qrels/test.tsv")[1:]:
            query, document, grade = line.rstrip("\n").split("\t")
            if int(grade) > 0:
                grades.setdefault(query, {})[document] = int(grade)
        self.queries = [(query["text"], grades[str(query["_id"])])
                        for query in map(json.loads, read_lines(folder, "queries.jsonl"))
                        if str(query["_id"]) in grades]


def scores(ranking, grades):
    gain = sum(grades.get(each, 0) / math.log2(rank + 2) for rank, each in enumerate(ranking[:10]))
    ideal = sum(grade / math.log2(rank + 2)
                for rank, grade in enumerate(sorted(grades.values(), reverse=True)[:10]))
    hits = [rank for rank, each in enumerate(ranking) if grades.get(each, 0) > 0]
    return (gain / ideal, sum(rank < DEPTH for rank in hits) / len(grades),
            1 / (hits[0] + 1) if hits else 0)


def words_of(query):
    words = list(dict.fromkeys(re.findall(r"[^\W_]+", query.lower())))
    return [word for word in words if word not in STOP_WORDS] or words


class Fts5:
    """SQLite's own full-text search, in memory."""
    name = "FTS5"

    def __init__(self, collections):
        self.database = sqlite3.connect(":memory:")
        self.database.execute("CREATE VIRTUAL TABLE t USING fts5(title, body, "
                              "tokenize = 'porter unicode61 remove_diacritics 2')")
        self.keys = [(each.name, str(document["_id"]))
                     for each in collections for document in each.documents]
        rows = [(document.get("title", ""), f"{document.get('title', '')} {document['text']}")
                for each in collections for document in each.documents]
        start = time.monotonic()
        self.database.executemany("INSERT INTO t VALUES(?, ?)", rows)
        self.seconds = time.monotonic() - start

    def rank(self, query):
        match = " OR ".join(f'"{word}"' for word in words_of(query))
        found = self.database.execute("SELECT rowid FROM t WHERE t MATCH ? "
                                      "ORDER BY bm25(t, 1.0, 1.0) LIMIT ?", (match, DEPTH))
        return [self.keys[row - 1] for row, in found]

    def close(self):
        self.database.close()


class Recoll:
    """Recoll's indexer on the same files, any word."""
    name = "Recoll"

    def __init__(self, collections):
        self.folder = tempfile.mkdtemp(prefix="vexfs-recoll.")
        files, config = os.path.join(self.folder, "files"), os.path.join(self.folder, "config")
        os.mkdir(config)
        self.keys = {}
        for each in collections:
            os.makedirs(os.path.join(files, each.name))
            for i, document in enumerate(each.documents):
                path = os.path.join(files, each.name, f"{i}.html")
                title = html.escape(document.get("title", ""))
                with open(path, "w", encoding="utf-8") as stream:
                    stream.write(f'<html><head><meta charset="utf-8"><title>{title}</title></head>'
                                 f"<body><h1>{title}</h1><p>{html.escape(document['text'])}</p>"
                                 "</body></html>")
                self.keys["file://" + path] = (each.name, str(document["_id"]))
        with open(os.path.join(config, "recoll.conf"), "w", encoding="utf-8") as stream:
            stream.write(f"topdirs = {files}\nindexstemminglanguages = english\n")
        self.config = config
        start = time.monotonic()
        subprocess.run(["recollindex", "-c", config], check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        self.seconds = time.monotonic() - start

    def rank(self, query):
        done = subprocess.run(["recollq", "-c", self.config, "-o", "-b", "-n", str(DEPTH),
                               " ".join(words_of(query))], check=True, capture_output=True,
                              text=True)
        return [self.keys[line] for line in done.stdout.splitlines() if line in self.keys]

    def close(self):
        shutil.rmtree(self.folder)


def peer_line(peer, collections):
    """Means over collections, and the nDCG of each query."""
    means, by_query = [], []
    for each in collections:
        rows = []
        for query, grades in each.queries:
            ranking = [document if name == each.name else None for name, document in
                       peer.rank(query)]
            rows.append(scores(ranking, grades))
        by_query += [row[0] for row in rows]
        means.append([sum(column) / len(rows) for column in zip(*rows)])
    return [sum(column) / len(means) for column in zip(*means)], by_query


def peers_of(kind, collections):
    """Each peer with its means, indexed as VexFS was."""
    groups = [collections] if kind == "all in one index" else [[each] for each in collections]
    for make in (Fts5, Recoll):
        seconds, means, by_query = 0, [], []
        for group in groups:
            peer = make(group)
            seconds += peer.seconds
            mean, each = peer_line(peer, group)
            peer.close()
            means.append(mean)
            by_query += each
        mean = [sum(column) / len(means) for column in zip(*means)]
        yield make.name, mean, seconds, sum(by_query) / len(by_query)


def show(run, collections):
    print(f"{run['index']}: {run['documents']} documents")
    rows = [(system["name"], [system["mean"][key] for key in ("ndcg_10", "recall_100", "mrr")],
             run["seconds"], None, system) for system in run["systems"]]
    rows += [(*peer, None) for peer in peers_of(run["index"], collections)]
    print(f"{'mean of collections':<20} {'nDCG@10':>8} {'recall@100':>10} {'MRR':>6} "
          f"{'s/1000 docs':>11}  nDCG@10 per query against words of VexFS")
    words = [value for each in run["systems"][0]["collections"].values()
             for value in each["ndcg_10_by_query"]]
    base = sum(words) / len(words)
    for name, mean, seconds, per_query, system in rows:
        gain = system["gain_percent"] if system else 100 * (per_query / base - 1)
        chance = f", p {system['p']:.2g}" if system and name != "words" else ""
        print(f"{name:<20} {mean[0]:8.3f} {mean[1]:10.3f} {mean[2]:6.3f} "
              f"{1000 * seconds / run['documents']:11.2f}  {gain:+.1f} %{chance}")
    print()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--index", choices=("one", "each", "both"), default="both")
    parser.add_argument("folders", nargs="+")
    options = parser.parse_args()
    collections = [Collection(folder) for folder in options.folders]
    session = daemon_session.Session()
    try:
        session.start_bus()
        session.start_daemon()
        answer = session.ask("bench", "retrieval", "--index", options.index, "--work",
                             session.folder, *map(os.path.abspath, options.folders), timeout=7200)
    finally:
        session.close()
    for run in answer["runs"]:
        show(run, collections)


if __name__ == "__main__":
    main()
