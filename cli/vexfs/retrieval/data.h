// SPDX-License-Identifier: Apache-2.0
//
// cli/vexfs/retrieval/data.h - a test collection for retrieval, in the form that BEIR uses.
//
// A folder with docs.jsonl (or corpus.jsonl): one {"_id", "title", "text"} a line; queries.jsonl:
// one {"_id", "text"} a line; qrels.tsv (or qrels/test.tsv): a header, then query id, document id
// and grade, separated by tabs. Thakur et al., BEIR, NeurIPS 2021.
#pragma once

#include "common/base/error.h"

#include <QHash>
#include <QList>
#include <QString>

namespace vexfs::cli {

struct RetrievalDocument
{
    QString id;
    QString title;
    QString text;
};

struct RetrievalQuery
{
    QString id;
    QString text;
    QHash<QString, int> grades; ///< of the documents that were judged; above 0 is relevant
};

struct RetrievalCollection
{
    QString name;
    QList<RetrievalDocument> documents;
    QList<RetrievalQuery> queries; ///< those that have something relevant
};

/// NotFound (a file is missing), Corrupt (a line is not of this form; the message names it).
base::Result<RetrievalCollection> readCollection(const QString &folder);

} // namespace vexfs::cli
