// SPDX-License-Identifier: Apache-2.0
//
// bench_extract [--lines] [--workers N] [--program PATH] [--ocr LANGUAGES] FOLDER: takes the text
// out of all files below a folder, as the daemon does, and prints what became of them and how fast.
// Files of kinds that no text is taken from are counted, but not opened for more than their kind.
#include "daemon/ingest/chunker.h"
#include "daemon/ingest/extract_pool.h"
#include "daemon/ingest/file_kind.h"

#include <QElapsedTimer>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <vector>

using namespace vexfs::daemon;

namespace {

struct Totals
{
    std::mutex mutex;
    std::map<std::string, int> reasons;
    int read = 0;
    int failed = 0;
    int withoutText = 0;
    int ofNoKind = 0;
    uint64_t fileBytes = 0;
    uint64_t textBytes = 0;
    uint64_t chunks = 0;
};

struct Settings
{
    bool isVerbose = false;
    int workers = 1;
    QByteArray languages;  ///< in which words in pictures are read
    QString program = QStringLiteral(VEXFS_TEST_EXTRACT);
    std::string folder;
};

bool parse(int argc, char **argv, Settings &settings)
{
    for (int i = 1; i < argc; ++i) {
        const std::string word = argv[i];
        if (word == "--lines")
            settings.isVerbose = true;
        else if (word == "--workers" && i + 1 < argc)
            settings.workers = std::atoi(argv[++i]);
        else if (word == "--ocr" && i + 1 < argc)
            settings.languages = argv[++i];
        else if (word == "--program" && i + 1 < argc)
            settings.program = QString::fromLocal8Bit(argv[++i]);
        else if (settings.folder.empty() && word[0] != '-')
            settings.folder = word;
        else
            return false;
    }
    return !settings.folder.empty();
}

void readOne(const std::string &path, Extractor &extractor, const Settings &settings,
             Totals &totals)
{
    const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (file < 0)
        return;
    QByteArray beginning(kKindProbeBytes, Qt::Uninitialized);
    beginning.truncate(std::max<ssize_t>(0, pread(file, beginning.data(), kKindProbeBytes, 0)));
    struct stat stat{};
    fstat(file, &stat);
    const QByteArray name = QByteArray::fromStdString(path.substr(path.rfind('/') + 1));
    const FileKind kind = fileKind(name, beginning);
    QElapsedTimer timer;
    timer.start();
    Document document;
    document.outcome = ExtractOutcome::NoText;
    document.reason = QStringLiteral("no text is taken from ") + kind.mimeType;
    const bool isImageText
        = kind.format == ExtractFormat::Image && !settings.languages.isEmpty();
    const ExtractFormat format = isImageText ? ExtractFormat::ImageText : kind.format;
    if (format != ExtractFormat::None) {
        if (auto read = extractor.extract({file, format, name, settings.languages}))
            document = std::move(*read);
        else
            document.reason = read.error().what;
    }
    close(file);
    const qint64 tookMs = timer.elapsed();
    const auto chunks = chunkText(document.text, document.marks).size();
    const std::lock_guard lock(totals.mutex);
    totals.fileBytes += static_cast<uint64_t>(stat.st_size);
    totals.textBytes += static_cast<uint64_t>(document.text.size());
    totals.chunks += static_cast<uint64_t>(chunks);
    const bool isRead = document.outcome == ExtractOutcome::Extracted;
    const bool isFailed = document.outcome == ExtractOutcome::Failed;
    totals.ofNoKind += kind.format == ExtractFormat::None;
    totals.read += isRead;
    totals.failed += isFailed;
    totals.withoutText += !isRead && !isFailed && kind.format != ExtractFormat::None;
    if (isFailed)
        ++totals.reasons[document.reason.toStdString()];
    if (!settings.isVerbose)
        return;
    std::printf("%s\t%s\t%s\t%lld bytes, %lld chunks, %lld ms\t%s\n", path.c_str(),
                isRead ? "extracted" : isFailed ? "refused" : "no text",
                qPrintable(kind.mimeType), static_cast<long long>(document.text.size()),
                static_cast<long long>(chunks), static_cast<long long>(tookMs),
                qPrintable(document.reason));
}

} // namespace

int main(int argc, char **argv)
{
    Settings settings;
    if (!parse(argc, argv, settings)) {
        std::fprintf(
            stderr,
            "bench_extract [--lines] [--workers N] [--program PATH] [--ocr LANGUAGES] FOLDER\n");
        return 2;
    }
    std::vector<std::string> paths;
    for (const auto &entry : std::filesystem::recursive_directory_iterator(settings.folder)) {
        if (entry.is_regular_file() && !entry.is_symlink())
            paths.push_back(entry.path());
    }
    ExtractLimits limits;
    limits.patienceMs = limits.timeoutMs;
    ExtractPool pool(settings.program, limits, settings.workers);
    Totals totals;
    QElapsedTimer timer;
    timer.start();
    pool.run(static_cast<int>(paths.size()), [&](int index, Extractor &extractor) {
        readOne(paths[static_cast<size_t>(index)], extractor, settings, totals);
    });
    const double seconds = static_cast<double>(timer.nsecsElapsed()) / 1e9;
    for (const auto &[reason, count] : totals.reasons)
        std::printf("%6d refused: %s\n", count, reason.c_str());
    std::printf("%zu files: %d with text, %d without, %d refused, %d of no kind that has text\n",
                paths.size(), totals.read, totals.withoutText, totals.failed, totals.ofNoKind);
    std::printf(
        "%d workers, %.2f s: %.0f files/s, %.1f MB/s of files; %.1f MB of text, %llu chunks\n",
        settings.workers, seconds, static_cast<double>(paths.size()) / seconds,
        static_cast<double>(totals.fileBytes) / 1e6 / seconds,
        static_cast<double>(totals.textBytes) / 1e6,
        static_cast<unsigned long long>(totals.chunks));
    return 0;
}
