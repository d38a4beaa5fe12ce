// SPDX-License-Identifier: Apache-2.0
#include "daemon/ingest/extractor.h"

namespace vexfs::daemon {

Extractor::Extractor(const QString &program, ExtractLimits limits,
                     const std::atomic<bool> &stopping)
    : m_program(program), m_limits(limits), m_stopping(stopping),
      m_documents(program, limits, stopping)
{
}

base::Result<Document> Extractor::extract(const ExtractJob &job)
{
    const bool isImageText = job.format == ExtractFormat::ImageText;
    if (!isImageText && job.format != ExtractFormat::Image && job.format != ExtractFormat::Audio)
        return m_documents.extract(job.file, job.format, job.name);
    // One that can read words does the others too; it is not started for them.
    if (!m_media || (isImageText && m_languages != job.languages)) {
        m_languages = isImageText ? job.languages : QByteArray();
        const QByteArray option = m_languages.isEmpty() ? QByteArray() : "--ocr=" + m_languages;
        m_media = std::make_unique<ExtractWorker>(m_program + QStringLiteral("-media"), m_limits,
                                                  m_stopping, option);
    }
    return m_media->extract(job.file, job.format, job.name);
}

} // namespace vexfs::daemon
