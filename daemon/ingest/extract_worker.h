// SPDX-License-Identifier: Apache-2.0
//
// daemon/ingest/extract_worker.h - one vexfs-extract process, as the daemon sees it.
#pragma once

#include "common/base/error.h"
#include "daemon/ingest/document.h"

#include <QString>

#include <atomic>
#include <chrono>
#include <memory>
#include <vector>

namespace vexfs::daemon {

struct ExtractLimits
{
    uint64_t maxInputBytes = 256ull << 20;
    uint64_t maxTextBytes = 4ull << 20;
    int timeoutMs = 20'000;  ///< for one file
    int patienceMs = 2'000;  ///< a file that takes longer is read aside, see SlowLane
    int marksMax = 100'000;
};

/// A child process, its socket, and the file it is on. Owner and thread: one extraction thread.
/// A child that crashes, hangs or says nonsense is killed; the file it was on gets the blame and
/// the next file a new child.
class ExtractWorker
{
public:
    /// option, if it is not empty, is the program's only argument.
    ExtractWorker(QString program, ExtractLimits limits, const std::atomic<bool> &stopping,
                  QByteArray option = {});
    ~ExtractWorker();
    ExtractWorker(const ExtractWorker &) = delete;
    ExtractWorker &operator=(const ExtractWorker &) = delete;

    /// Text of an open file; name tells what a compressed one holds. What is wrong with the file is
    /// in the Document; fails only where no file could be read: NotFound or Failed (the program
    /// does not start), Cancelled (stopping).
    base::Result<Document> extract(int file, ExtractFormat format, const QByteArray &name = {});

    /// Process id of the child, 0 when none runs.
    int processId() const { return m_child; }

private:
    using Clock = std::chrono::steady_clock;

    base::Status start();
    void end();
    base::Status sendRequest(int file, ExtractFormat format, const QByteArray &name);
    base::Status readExactly(void *data, size_t bytes);
    base::Status receive();
    base::Status waitReadable();
    base::Result<Document> readAnswer();
    base::Status takeFrame(const FrameHeader &header, Document &document, bool &isLast);
    QString endedHow();

    QString m_program;
    QByteArray m_option;
    ExtractLimits m_limits;
    const std::atomic<bool> &m_stopping;
    int m_child = 0;
    int m_socket = -1;
    std::vector<char> m_received;  ///< of the child, not taken up to m_taken
    size_t m_taken = 0;
    int m_filesDone = 0;
    std::chrono::milliseconds m_busy{0};
    Clock::time_point m_deadline;
};

} // namespace vexfs::daemon
