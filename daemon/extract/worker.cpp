// SPDX-License-Identifier: Apache-2.0
#include "daemon/extract/worker.h"

#include "daemon/extract/sandbox.h"

#include <cld2/public/compact_lang_det.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <new>

namespace vexfs::extract {

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

// By the words, where the document does not tell it.
void guessLanguage(Output &out)
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

void answer(int file, const ExtractRequest &request, ReadFile read)
{
    Output out(kSocket, request.maxTextBytes);
    out.setName({request.name, strnlen(request.name, sizeof request.name)});
    try {
        try {
            read(file, request, out);
            if (!out.hasText())
                throw Empty("there is no text in it");
        } catch (const Enough &) {
            // The limit was reached: what there is, is the answer.
        }
        guessLanguage(out);
        out.finish();
    } catch (const Refused &refused) {
        out.fail(FrameType::Failed, refused.what());
    } catch (const Empty &empty) {
        out.fail(FrameType::NoText, empty.what());
    } catch (const std::bad_alloc &) {
        out.fail(FrameType::Failed, "reading it takes more memory than is allowed");
    } catch (const std::exception &error) {
        out.fail(FrameType::Failed, error.what());
    }
}

} // namespace

std::string readFile(int file, uint64_t maxBytes, bool isCut)
{
    struct stat stat{};
    const bool isTold = fstat(file, &stat) == 0 && stat.st_size > 0;
    // Most files are small; one byte more tells that the end was met.
    size_t piece = isTold ? static_cast<size_t>(std::min<off_t>(stat.st_size, kPieceBytes)) + 1
                          : kPieceBytes;
    std::string bytes;
    while (bytes.size() < maxBytes) {
        const size_t before = bytes.size();
        bytes.resize(std::min<uint64_t>(maxBytes, before + piece));
        piece = kPieceBytes;
        const ssize_t got = pread(file, bytes.data() + before, bytes.size() - before,
                                  static_cast<off_t>(before));
        if (got < 0)
            throw Refused(std::string("it cannot be read: ") + strerror(errno));
        bytes.resize(before + static_cast<size_t>(got));
        if (got == 0)
            return bytes;
    }
    if (!isCut)
        throw Refused("it is larger than what is indexed");
    return bytes;
}

int tellUsage(const char *program, const char *usage, std::string_view word)
{
    if (word == "-h" || word == "--help") {
        fputs(usage, stdout);
        return 0;
    }
    fprintf(stderr, "%s: unknown argument '%s'; see %s --help\n", program,
            std::string(word).c_str(), program);
    return kExitProtocol;
}

int serve(const char *program, void (*prepare)(), ReadFile read)
{
    struct stat input{};
    if (fstat(kSocket, &input) != 0 || !S_ISSOCK(input.st_mode)) {
        fprintf(stderr, "%s: standard input is no socket; vexfsd starts this program, and hands it "
                        "documents over one\n", program);
        return kExitProtocol;
    }
    try {
        prepare();
    } catch (const std::exception &error) {
        fprintf(stderr, "%s: %s\n", program, error.what());
        return kExitNoSandbox;
    }
    if (const std::string failed = enterSandbox(); !failed.empty()) {
        fprintf(stderr, "%s: no sandbox, so nothing is read: %s\n", program, failed.c_str());
        return kExitNoSandbox;
    }
    sendFrame(kSocket, FrameType::Ready, {});
    ExtractRequest request;
    int file = -1;
    while (receive(request, file)) {
        // Should the daemon be gone, nobody else ends a child that hangs.
        alarm(request.maxSeconds);
        answer(file, request, read);
        alarm(0);
        close(file);
    }
    return 0;
}

} // namespace vexfs::extract
