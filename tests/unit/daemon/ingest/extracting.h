// SPDX-License-Identifier: Apache-2.0
//
// tests/unit/daemon/ingest/extracting.h - documents through the real vexfs-extract.
#pragma once

#include "daemon/ingest/extract_worker.h"

#include <QFile>
#include <QTemporaryDir>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <unistd.h>

namespace vexfs::test {

class Extracting : public testing::Test
{
protected:
    daemon::Document extract(const QByteArray &content, daemon::ExtractFormat format)
    {
        const auto document = tryExtract(m_worker, content, format);
        EXPECT_TRUE(document) << qPrintable(document ? QString() : document.error().what);
        return document ? *document : daemon::Document();
    }

    base::Result<daemon::Document> tryExtract(daemon::ExtractWorker &worker,
                                              const QByteArray &content,
                                              daemon::ExtractFormat format)
    {
        QFile file(m_folder.filePath(QStringLiteral("document")));
        EXPECT_TRUE(file.open(QIODevice::WriteOnly));
        file.write(content);
        file.close();
        const int fd = open(QFile::encodeName(file.fileName()).constData(), O_RDONLY | O_CLOEXEC);
        base::Result<daemon::Document> document = worker.extract(fd, format);
        close(fd);
        return document;
    }

    void expectFailed(const QByteArray &content, daemon::ExtractFormat format, const char *word)
    {
        const daemon::Document document = extract(content, format);
        EXPECT_EQ(document.outcome, daemon::ExtractOutcome::Failed) << word;
        EXPECT_TRUE(document.reason.contains(QLatin1String(word))) << qPrintable(document.reason);
        EXPECT_TRUE(document.text.isEmpty());
    }

    QTemporaryDir m_folder;
    std::atomic<bool> m_stopping{false};
    daemon::ExtractWorker m_worker{QStringLiteral(VEXFS_TEST_EXTRACT), {}, m_stopping};
};

} // namespace vexfs::test
