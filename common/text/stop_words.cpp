// SPDX-License-Identifier: Apache-2.0
//
// English words dropped from queries and vectors. Sorted: they are found by binary search.
#include "common/text/words.h"

#include <algorithm>
#include <iterator>

namespace vexfs::base {

namespace {

constexpr std::string_view kStopWords[] = {
    "a", "about", "above", "after", "again", "against", "all", "also", "am", "among", "an", "and",
    "any", "are", "aren", "as", "at", "be", "because", "been", "before", "being", "below",
    "between", "both", "but", "by", "can", "cannot", "could", "couldn", "did", "didn", "do",
    "does", "doesn", "doing", "don", "down", "during", "each", "few", "for", "from", "further",
    "had", "hadn", "has", "hasn", "have", "haven", "having", "he", "her", "here", "hers",
    "herself", "him", "himself", "his", "how", "i", "if", "in", "into", "is", "isn", "it", "its",
    "itself", "just", "ll", "may", "me", "might", "more", "most", "must", "my", "myself", "no",
    "nor", "not", "now", "of", "off", "on", "once", "only", "or", "other", "our", "ours",
    "ourselves", "out", "over", "own", "per", "re", "same", "shall", "she", "should", "shouldn",
    "so", "some", "such", "than", "that", "the", "their", "theirs", "them", "themselves", "then",
    "there", "these", "they", "this", "those", "through", "to", "too", "under", "until", "up",
    "upon", "us", "ve", "very", "via", "was", "wasn", "we", "were", "weren", "what", "when",
    "where", "which", "while", "who", "whom", "why", "will", "with", "within", "without", "won",
    "would", "wouldn", "you", "your", "yours", "yourself", "yourselves",
};

static_assert(std::is_sorted(std::begin(kStopWords), std::end(kStopWords)));

} // namespace

bool isStopWord(std::string_view folded)
{
    return std::binary_search(std::begin(kStopWords), std::end(kStopWords), folded);
}

} // namespace vexfs::base
