// SPDX-License-Identifier: Apache-2.0
#include "daemon/index/packed_text.h"

#include <memory>

#include <sqlite3.h>
#include <zstd.h>

namespace vexfs::daemon {

namespace {

constexpr int kLevel = 3;
constexpr int kBytesMin = 64; ///< of less nothing is gained
constexpr unsigned long long kBytesMax = 1ULL << 29; ///< of one text

// Made anew for each text they would take longer than the text.
ZSTD_CCtx *packer()
{
    thread_local const std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> own(
        ZSTD_createCCtx(), ZSTD_freeCCtx);
    return own.get();
}

ZSTD_DCtx *unpacker()
{
    thread_local const std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> own(
        ZSTD_createDCtx(), ZSTD_freeDCtx);
    return own.get();
}

void pack(sqlite3_context *context, int, sqlite3_value **values)
{
    const void *text = sqlite3_value_text(values[0]);
    const int bytes = sqlite3_value_bytes(values[0]);
    if (!text || bytes < kBytesMin)
        return sqlite3_result_value(context, values[0]);
    const size_t room = ZSTD_compressBound(static_cast<size_t>(bytes));
    void *out = sqlite3_malloc64(room);
    if (!out || !packer())
        return sqlite3_free(out), sqlite3_result_error_nomem(context);
    const size_t taken = ZSTD_compressCCtx(packer(), out, room, text, static_cast<size_t>(bytes),
                                           kLevel);
    if (!ZSTD_isError(taken) && taken < static_cast<size_t>(bytes))
        return sqlite3_result_blob64(context, out, taken, sqlite3_free);
    sqlite3_free(out);
    sqlite3_result_value(context, values[0]);
}

void unpack(sqlite3_context *context, int, sqlite3_value **values)
{
    if (sqlite3_value_type(values[0]) != SQLITE_BLOB)
        return sqlite3_result_value(context, values[0]);
    const void *frame = sqlite3_value_blob(values[0]);
    const auto bytes = static_cast<size_t>(sqlite3_value_bytes(values[0]));
    const unsigned long long size = ZSTD_getFrameContentSize(frame, bytes);
    if (size > kBytesMax) // of what is no frame, too
        return sqlite3_result_error_code(context, SQLITE_CORRUPT);
    auto *out = static_cast<char *>(sqlite3_malloc64(size + 1));
    if (!out || !unpacker())
        return sqlite3_free(out), sqlite3_result_error_nomem(context);
    if (ZSTD_decompressDCtx(unpacker(), out, size, frame, bytes) == size)
        return sqlite3_result_text64(context, out, size, sqlite3_free, SQLITE_UTF8);
    sqlite3_free(out);
    sqlite3_result_error_code(context, SQLITE_CORRUPT);
}

} // namespace

int addPackedText(sqlite3 *connection)
{
    // Innocuous: the schema's views may use them.
    constexpr int kFlags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;
    const int done = sqlite3_create_function_v2(connection, "packed", 1, kFlags, nullptr, pack,
                                                nullptr, nullptr, nullptr);
    return done != SQLITE_OK ? done
                             : sqlite3_create_function_v2(connection, "unpacked", 1, kFlags,
                                                          nullptr, unpack, nullptr, nullptr,
                                                          nullptr);
}

} // namespace vexfs::daemon
