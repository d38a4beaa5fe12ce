// SPDX-License-Identifier: Apache-2.0
//
// daemon/extract/media.h - what pictures, sounds and films say of themselves, and words in
// pictures.
#pragma once

#include "daemon/extract/output.h"

#include <string>
#include <string_view>

namespace vexfs::extract {

/// What cameras and programs wrote into a picture: title, author, date, camera, place, keywords.
void prepareImages();
void extractImage(std::string_view bytes, Output &out);

/// Title, artist, album and the like. Reads only the parts of the file that hold them.
void extractAudio(int file, Output &out);

/// Loads tesseract for languages such as "eng" or "deu+eng"; what is missing is told when the
/// first picture comes.
void prepareRecognition(const std::string &languages);
/// The words in a picture. Throws Refused when the languages are not there or the picture cannot be
/// read.
void recogniseText(std::string_view bytes, Output &out);

} // namespace vexfs::extract
