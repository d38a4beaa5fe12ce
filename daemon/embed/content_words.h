// SPDX-License-Identifier: Apache-2.0
//
// daemon/embed/content_words.h - the stems of a text that a table of word vectors has rows for.
//
// Training and embedding must agree on it to the letter, so it stands in one place.
#pragma once

#include "common/text/words.h"

namespace vexfs::daemon {

/// Not thread-safe: one per thread.
class ContentWords
{
public:
    /// Calls visit(stem) for each word that is no stop word and longer than one letter.
    template <class Visitor> void forEachStem(std::string_view text, Visitor &&visit)
    {
        base::WordReader reader(text);
        while (reader.next(m_word)) {
            if (isContent(m_word.folded))
                visit(m_stemmer.stem(m_word.folded));
        }
    }

private:
    static bool isContent(std::string_view folded)
    {
        return folded.size() > 1 && !base::isStopWord(folded);
    }

    base::Stemmer m_stemmer{base::Stemmer::Algorithm::English};
    base::Word m_word;
};

} // namespace vexfs::daemon
