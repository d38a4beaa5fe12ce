// SPDX-License-Identifier: Apache-2.0
//
// daemon/ingest/extractor.h - reads a file of any kind by the program that knows it.
#pragma once

#include "daemon/ingest/extract_worker.h"

namespace vexfs::daemon {

/// A file that is to be read.
struct ExtractJob
{
    int file = -1;  ///< open for reading; the caller's
    ExtractFormat format = ExtractFormat::None;
    QByteArray name;       ///< without its folder
    QByteArray languages;  ///< of words in pictures, for ImageText: "eng", "deu+eng"
};

/// One child for documents, and one for pictures and sounds, each started when first needed. Owner
/// and thread: one extraction thread.
class Extractor
{
public:
    /// program: path of vexfs-extract; the other is beside it.
    Extractor(const QString &program, ExtractLimits limits, const std::atomic<bool> &stopping);

    /// As ExtractWorker::extract.
    base::Result<Document> extract(const ExtractJob &job);

private:
    QString m_program;
    ExtractLimits m_limits;
    const std::atomic<bool> &m_stopping;
    ExtractWorker m_documents;
    std::unique_ptr<ExtractWorker> m_media;
    QByteArray m_languages;  ///< that the child for pictures was started with
};

} // namespace vexfs::daemon
