// SPDX-License-Identifier: Apache-2.0
//
// daemon/embed/local/word_piece.h - a text as the tokens that BERT models were trained on.
//
// After Devlin et al., "BERT: Pre-training of Deep Bidirectional Transformers" (2019), and the
// published tokenizers: words are folded and split at punctuation, then cut into the longest pieces
// that the vocabulary has, from the left.
#pragma once

#include "common/base/error.h"

#include <QString>

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace vexfs::daemon {

/// Thread: any once it is made.
class WordPiece
{
public:
    struct Options
    {
        bool foldsCase = true;
        bool stripsAccents = true;
        bool splitsChinese = true;
    };

    /// From vocab.txt, or tokenizer.json of type WordPiece, of a model's folder; what tells of case
    /// is read from tokenizer.json or tokenizer_config.json. Fails with NoModel, and why.
    static base::Result<WordPiece> open(const QString &folder);
    /// @p vocabulary: piece to number; those of inner pieces begin with "##".
    static base::Result<WordPiece> make(std::unordered_map<std::string, int32_t> vocabulary,
                                        const Options &options);

    /// [CLS], the text's pieces, [SEP]; of the pieces only as many as there is room for.
    std::vector<int32_t> encode(std::string_view utf8, size_t tokensMax) const;
    /// Whether a word is made of pieces, none of which is the unknown one.
    bool knows(std::string_view word) const;
    /// One more than the largest number.
    int32_t size() const { return m_size; }

private:
    std::unordered_map<std::string, int32_t> m_vocabulary;
    Options m_options;
    int32_t m_cls = 0, m_sep = 0, m_unknown = 0, m_size = 0;

    std::vector<std::string> words(std::string_view utf8) const;
    bool appendPieces(const std::string &word, std::vector<int32_t> &out) const;
};

} // namespace vexfs::daemon
