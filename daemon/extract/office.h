// SPDX-License-Identifier: Apache-2.0
//
// daemon/extract/office.h - what the Office Open XML formats have in common.
#pragma once

#include "daemon/extract/output.h"

class QXmlStreamReader;

namespace vexfs::extract {

class Zipped;

/// Throws Refused when the reader met an error.
void checkXml(const QXmlStreamReader &xml);

/// Title, author, date and language, where the document tells them.
void readCoreProperties(Zipped &zip, Output &out);

} // namespace vexfs::extract
