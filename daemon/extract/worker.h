// SPDX-License-Identifier: Apache-2.0
//
// daemon/extract/worker.h - what the programs that read documents have in common.
#pragma once

#include "daemon/extract/output.h"
#include "daemon/ingest/extract_protocol.h"

#include <string>
#include <string_view>

namespace vexfs::extract {

/// Takes the text out of an open file. Throws Refused or Empty with a reason for people, and lets
/// Enough pass.
using ReadFile = void (*)(int file, const daemon::ExtractRequest &request, Output &out);

/// Answers the daemon until it closes the socket, which is standard input. prepare loads what would
/// be fetched from disk later, when there is no disk any more; then the sandbox is closed. Returns
/// the program's exit status.
int serve(const char *program, void (*prepare)(), ReadFile read);

/// Tells usage where word is -h or --help, else that it is not known. Returns the exit status.
int tellUsage(const char *program, const char *usage, std::string_view word);

/// All of a file. One that is larger is refused, or cut.
std::string readFile(int file, uint64_t maxBytes, bool isCut);

} // namespace vexfs::extract
