// SPDX-License-Identifier: Apache-2.0
//
// tests/support/documents.h - small documents of several formats, made on the spot.
#pragma once

#include <QByteArray>
#include <QList>
#include <QPair>

namespace vexfs::test {

/// A zip file with its members stored as they are.
QByteArray makeZip(const QList<QPair<QByteArray, QByteArray>> &members);

/// One line of text a page. Locked: encrypted with a password that nobody has.
QByteArray makePdf(const QList<QByteArray> &pages, const QByteArray &title, bool isLocked = false);

/// A heading and paragraphs.
QByteArray makeDocx(const QByteArray &heading, const QList<QByteArray> &paragraphs,
                    const QByteArray &title = {});
QByteArray makeOdt(const QByteArray &heading, const QList<QByteArray> &paragraphs,
                   bool isEncrypted = false);
/// Of any kind: what stands in its office:body.
QByteArray makeOpenDocument(const QByteArray &body);
/// One sheet; by Ann, of 2024-03-01 10:00.
QByteArray makeXlsx(const QByteArray &sheet, const QList<QList<QByteArray>> &rows);
/// A line a slide, and what is said to the first.
QByteArray makePptx(const QList<QByteArray> &slides, const QByteArray &notes);
QByteArray makeEpub(const QByteArray &title, const QList<QByteArray> &chapters);

} // namespace vexfs::test
