// SPDX-License-Identifier: Apache-2.0
//
// vexfs-extract - takes the text out of documents, for vexfsd and in a sandbox.
//
// Started by the daemon with a socket as standard input; see daemon/ingest/extract_protocol.h. It
// reads files that may be made to attack it, so it has nothing: no files, no network, little time
// and memory. When it crashes the daemon blames the document and starts another.
#include "daemon/extract/formats.h"
#include "daemon/extract/sandbox.h"

#include <cld2/public/compact_lang_det.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <new>

using namespace vexfs;
using daemon::ExtractFormat;
using daemon::ExtractRequest;
using daemon::FrameType;

namespace {

constexpr int kSocket = STDIN_FILENO;
constexpr int kExitNoSandbox = 3;
constexpr int kExitProtocol = 2;
constexpr size_t kPieceBytes = 1 << 20;

// The next request and its descriptor; false when the daemon has closed the socket.
bool receive(ExtractRequest &request, int &file)
{
    char control[CMSG_SPACE(sizeof(int))] = {};
    iovec piece{&request, sizeof request};
    msghdr message{};
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    const ssize_t got = recvmsg(kSocket, &message, MSG_WAITALL);
    if (got == 0)
        return false;
    const cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (got != sizeof request || request.magic != daemon::kExtractMagic || !header
        || header->cmsg_type != SCM_RIGHTS || header->cmsg_len != CMSG_LEN(sizeof(int)))
        _exit(kExitProtocol);
    memcpy(&file, CMSG_DATA(header), sizeof file);
    return true;
}

bool canBeCut(ExtractFormat format)
{
    switch (format) {
    case ExtractFormat::Text:
    case ExtractFormat::Markdown:
    case ExtractFormat::Table:
    case ExtractFormat::Subtitles:
    case ExtractFormat::Code:
    case ExtractFormat::Mbox:
        return true;
    default:
        return false;
    }
}

std::string readFile(int file, const ExtractRequest &request)
{
    // Four bytes are the most that a character takes in any charset.
    const uint64_t limit = canBeCut(request.format) ? request.maxTextBytes * 4 + 4
                                                    : request.maxInputBytes;
    struct stat stat{};
    const bool isTold = fstat(file, &stat) == 0 && stat.st_size > 0;
    // Most files are small; one byte more tells that the end was met.
    size_t piece = isTold ? static_cast<size_t>(std::min<off_t>(stat.st_size, kPieceBytes)) + 1
                          : kPieceBytes;
    std::string bytes;
    while (bytes.size() < limit) {
        const size_t before = bytes.size();
        bytes.resize(std::min<uint64_t>(limit, before + piece));
        piece = kPieceBytes;
        const ssize_t got = pread(file, bytes.data() + before, bytes.size() - before,
                                  static_cast<off_t>(before));
        if (got < 0)
            throw extract::Refused(std::string("it cannot be read: ") + strerror(errno));
        bytes.resize(before + static_cast<size_t>(got));
        if (got == 0)
            return bytes;
    }
    if (!canBeCut(request.format))
        throw extract::Refused("it is larger than what is indexed");
    return bytes;
}

// By the words, where the document does not tell it.
void guessLanguage(extract::Output &out)
{
    constexpr size_t kSampleBytesMin = 80;
    const std::string &sample = out.sample();
    if (out.hasLanguage() || sample.size() < kSampleBytesMin)
        return;
    bool isReliable = false;
    const CLD2::Language language = CLD2::DetectLanguage(
        sample.data(), static_cast<int>(sample.size()), true, &isReliable);
    if (isReliable && language != CLD2::UNKNOWN_LANGUAGE)
        out.setLanguage(CLD2::LanguageCode(language));
}

void answer(int file, const ExtractRequest &request)
{
    extract::Output out(kSocket, request.maxTextBytes);
    out.setName({request.name, strnlen(request.name, sizeof request.name)});
    try {
        try {
            const std::string bytes = readFile(file, request);
            if (bytes.empty())
                throw extract::Empty("the file is empty");
            extract::extractDocument(request.format, bytes, out);
            if (!out.hasText())
                throw extract::Empty("there is no text in it");
        } catch (const extract::Enough &) {
            // The limit was reached: what there is, is the answer.
        }
        guessLanguage(out);
        out.finish();
    } catch (const extract::Refused &refused) {
        out.fail(FrameType::Failed, refused.what());
    } catch (const extract::Empty &empty) {
        out.fail(FrameType::NoText, empty.what());
    } catch (const std::bad_alloc &) {
        out.fail(FrameType::Failed, "reading it takes more memory than is allowed");
    } catch (const std::exception &error) {
        out.fail(FrameType::Failed, error.what());
    }
}

} // namespace

int main()
{
    try {
        extract::prepareFormats();
    } catch (const std::exception &error) {
        fprintf(stderr, "vexfs-extract: %s\n", error.what());
        return kExitNoSandbox;
    }
    if (const std::string failed = extract::enterSandbox(); !failed.empty()) {
        fprintf(stderr, "vexfs-extract: no sandbox, so nothing is read: %s\n", failed.c_str());
        return kExitNoSandbox;
    }
    extract::sendFrame(kSocket, FrameType::Ready, {});
    ExtractRequest request;
    int file = -1;
    while (receive(request, file)) {
        // Should the daemon be gone, nobody else ends a child that hangs.
        alarm(request.maxSeconds);
        answer(file, request);
        alarm(0);
        close(file);
    }
    return 0;
}
