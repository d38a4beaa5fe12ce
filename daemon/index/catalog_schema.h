// SPDX-License-Identifier: Apache-2.0
//
// daemon/index/catalog_schema.h - the tables of the catalog. Raise kSchemaVersion with any change:
// a catalog of another version is set aside and built again.
//
// What is of the past has tables of its own, "past_" and the name of the live one, so that searches
// of now do not pay for it: of the same columns, where ino is the key of a version (kPastKey) and
// past_files.inode the inode that it is of.
#pragma once

#include <QLatin1String>

namespace vexfs::daemon {

inline constexpr int kSchemaVersion = 6;

inline constexpr const char *kSchema[] = {
    "CREATE TABLE meta(key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE files("
    " ino INTEGER PRIMARY KEY, state INTEGER NOT NULL, reason TEXT NOT NULL,"
    " mime TEXT NOT NULL, title TEXT NOT NULL, size INTEGER NOT NULL, mtime INTEGER NOT NULL,"
    " data_generation INTEGER NOT NULL, text_bytes INTEGER NOT NULL, chunk_count INTEGER NOT NULL,"
    " model BLOB NOT NULL, indexed_at INTEGER NOT NULL,"
    " birth_generation INTEGER NOT NULL, birth_tree INTEGER NOT NULL, death_tree INTEGER,"
    " text_hash BLOB NOT NULL,"
    " author TEXT NOT NULL, language TEXT NOT NULL, document_date INTEGER NOT NULL)",
    "CREATE TABLE past_files("
    " ino INTEGER PRIMARY KEY, state INTEGER NOT NULL, reason TEXT NOT NULL,"
    " mime TEXT NOT NULL, title TEXT NOT NULL, size INTEGER NOT NULL, mtime INTEGER NOT NULL,"
    " data_generation INTEGER NOT NULL, text_bytes INTEGER NOT NULL, chunk_count INTEGER NOT NULL,"
    " model BLOB NOT NULL, indexed_at INTEGER NOT NULL,"
    " birth_generation INTEGER NOT NULL, birth_tree INTEGER NOT NULL, death_tree INTEGER,"
    " text_hash BLOB NOT NULL,"
    " author TEXT NOT NULL, language TEXT NOT NULL, document_date INTEGER NOT NULL,"
    " inode INTEGER NOT NULL)",
    "CREATE INDEX past_files_inode ON past_files(inode)",
    "CREATE INDEX files_state ON files(state) WHERE state = 2",
    // Without vectors yet.
    "CREATE INDEX files_later ON files(ino) WHERE chunk_count > 0 AND model = x''",
    "CREATE INDEX files_birth ON files(birth_generation)",
    "CREATE INDEX files_mtime ON files(mtime)",
    "CREATE INDEX files_size ON files(size)",
    "CREATE INDEX files_mime ON files(mime)",
    "CREATE TABLE tags(tag TEXT NOT NULL, ino INTEGER NOT NULL, PRIMARY KEY(tag, ino))"
    " WITHOUT ROWID",
    "CREATE INDEX tags_ino ON tags(ino)",
    "CREATE TABLE past_tags(tag TEXT NOT NULL, ino INTEGER NOT NULL, PRIMARY KEY(tag, ino))"
    " WITHOUT ROWID",
    "CREATE INDEX past_tags_ino ON past_tags(ino)",
    "CREATE TABLE past_names(path BLOB NOT NULL, ino INTEGER NOT NULL, PRIMARY KEY(path, ino))"
    " WITHOUT ROWID",
    "CREATE INDEX past_names_ino ON past_names(ino)",
    "CREATE TABLE names(path BLOB PRIMARY KEY, ino INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE INDEX names_ino ON names(ino)",
    "CREATE TABLE directories(ino INTEGER PRIMARY KEY, path BLOB NOT NULL)",
    "CREATE INDEX directories_path ON directories(path)",
    "CREATE TABLE chunks("
    " ino INTEGER NOT NULL, chunk INTEGER NOT NULL, begin_bytes INTEGER NOT NULL,"
    " end_bytes INTEGER NOT NULL, page INTEGER NOT NULL,"
    " member TEXT NOT NULL, PRIMARY KEY(ino, chunk)) WITHOUT ROWID",
    "CREATE TABLE past_chunks("
    " ino INTEGER NOT NULL, chunk INTEGER NOT NULL, begin_bytes INTEGER NOT NULL,"
    " end_bytes INTEGER NOT NULL, page INTEGER NOT NULL,"
    " member TEXT NOT NULL, PRIMARY KEY(ino, chunk)) WITHOUT ROWID",
    "CREATE TABLE queue("
    " sequence INTEGER PRIMARY KEY AUTOINCREMENT, ino INTEGER NOT NULL UNIQUE,"
    " reasons INTEGER NOT NULL, priority INTEGER NOT NULL, birth_tree INTEGER NOT NULL)",
    // Versions that only snapshots have and that are still to be read from one of them.
    "CREATE TABLE past_queue("
    " ino INTEGER NOT NULL, tree INTEGER NOT NULL, birth_tree INTEGER NOT NULL,"
    " death_tree INTEGER NOT NULL, PRIMARY KEY(ino, birth_tree)) WITHOUT ROWID",
    "CREATE INDEX queue_order ON queue(priority DESC, sequence)",
    // What the full-text index is of. It reads it when it forgets a row, so that a row goes there
    // first and here after it. The body is packed.
    "CREATE TABLE texts(ino INTEGER PRIMARY KEY, name TEXT NOT NULL, title TEXT NOT NULL,"
    " headings TEXT NOT NULL, body BLOB NOT NULL)",
    "CREATE TABLE past_texts(ino INTEGER PRIMARY KEY, name TEXT NOT NULL, title TEXT NOT NULL,"
    " headings TEXT NOT NULL, body BLOB NOT NULL)",
    "CREATE VIEW plain_texts AS"
    " SELECT ino, name, title, headings, unpacked(body) AS body FROM texts",
    "CREATE VIEW past_plain_texts AS"
    " SELECT ino, name, title, headings, unpacked(body) AS body FROM past_texts",
    "CREATE VIRTUAL TABLE documents USING fts5("
    " name, title, headings, body, content = 'plain_texts', content_rowid = 'ino',"
    " tokenize = 'porter unicode61 remove_diacritics 2')",
    "CREATE VIRTUAL TABLE past_documents USING fts5("
    " name, title, headings, body, content = 'past_plain_texts', content_rowid = 'ino',"
    " tokenize = 'porter unicode61 remove_diacritics 2')",
    // The stems in it and how many files have each.
    "CREATE VIRTUAL TABLE terms USING fts5vocab(documents, row)",
    "CREATE VIRTUAL TABLE past_terms USING fts5vocab(past_documents, row)",
    // Runs of three letters of file names: for parts of names, and for names with a typing error.
    "CREATE VIRTUAL TABLE name_grams USING fts5("
    " name, tokenize = 'trigram', detail = none)",
    // From the clock: a catalog built again never reuses the generations of the one before, by
    // which stored vector indexes and clients tell what they hold.
    "INSERT INTO meta VALUES('generation', strftime('%s', 'now') * 1000), ('anchor', 0)",
};

} // namespace vexfs::daemon
