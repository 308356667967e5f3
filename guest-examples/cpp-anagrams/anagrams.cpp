// Words that have the same letters, together: one group a line, groups and words in the order of their bytes.
#include <algorithm>
#include <lockstep.h>
#include <map>
#include <set>
#include <string>
#include <string_view>

LOCKSTEP_ENTRY(anagrams)(const char *input, size_t length) {
  std::map<std::string, std::set<std::string>> groups;
  std::string_view text(input, length);
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string word(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (word.empty()) continue;
    std::string letters = word;
    std::sort(letters.begin(), letters.end());
    groups[letters].insert(word);
  }
  static std::string output;
  for (const auto &[letters, words] : groups) {
    if (words.size() < 2) continue;
    const char *before = "";
    for (const auto &word : words) {
      output += before + word;
      before = " ";
    }
    output += '\n';
  }
  return lockstep_output(output.data(), output.size());
}
