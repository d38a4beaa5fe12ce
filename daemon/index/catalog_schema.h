// SPDX-License-Identifier: Apache-2.0
//
// daemon/index/catalog_schema.h - the tables of the catalog. Raise kSchemaVersion with any change:
// a catalog of another version is set aside and built again.
#pragma once

#include <QLatin1String>

namespace vexfs::daemon {

inline constexpr int kSchemaVersion = 1;

inline constexpr const char *kSchema[] = {
    "CREATE TABLE meta(key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE files("
    " ino INTEGER PRIMARY KEY, state INTEGER NOT NULL, reason TEXT NOT NULL,"
    " mime TEXT NOT NULL, title TEXT NOT NULL, size INTEGER NOT NULL, mtime INTEGER NOT NULL,"
    " data_generation INTEGER NOT NULL, text_bytes INTEGER NOT NULL, chunk_count INTEGER NOT NULL,"
    " model BLOB NOT NULL, indexed_at INTEGER NOT NULL,"
    " birth_generation INTEGER NOT NULL, death_generation INTEGER)",
    "CREATE INDEX files_state ON files(state) WHERE state = 2",
    "CREATE INDEX files_birth ON files(birth_generation)",
    "CREATE INDEX files_mtime ON files(mtime)",
    "CREATE TABLE names(path BLOB PRIMARY KEY, ino INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE INDEX names_ino ON names(ino)",
    "CREATE TABLE directories(ino INTEGER PRIMARY KEY, path BLOB NOT NULL)",
    "CREATE INDEX directories_path ON directories(path)",
    "CREATE TABLE chunks("
    " ino INTEGER NOT NULL, chunk INTEGER NOT NULL, begin_bytes INTEGER NOT NULL,"
    " end_bytes INTEGER NOT NULL, page INTEGER NOT NULL,"
    " birth_generation INTEGER NOT NULL, death_generation INTEGER,"
    " PRIMARY KEY(ino, chunk)) WITHOUT ROWID",
    "CREATE TABLE queue("
    " sequence INTEGER PRIMARY KEY AUTOINCREMENT, ino INTEGER NOT NULL UNIQUE,"
    " reasons INTEGER NOT NULL, priority INTEGER NOT NULL)",
    "CREATE INDEX queue_order ON queue(priority DESC, sequence)",
    "CREATE VIRTUAL TABLE documents USING fts5("
    " name, title, body, tokenize = 'porter unicode61 remove_diacritics 2')",
    // From the clock: a catalog built again never reuses the generations of the one before, by
    // which stored vector indexes and clients tell what they hold.
    "INSERT INTO meta VALUES('generation', strftime('%s', 'now') * 1000), ('anchor', 0)",
};

} // namespace vexfs::daemon
