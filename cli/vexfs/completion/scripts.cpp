// SPDX-License-Identifier: Apache-2.0
#include "cli/vexfs/completion/scripts.h"

namespace vexfs::cli {

namespace {

// Words are split at '=' and ':' by readline; names of snapshots have neither.
const char kBash[] = R"SCRIPT(# vexctl completion bash
_vexctl() {
    local IFS=$'\n' line current=${COMP_WORDS[COMP_CWORD]}
    COMPREPLY=()
    while IFS= read -r line; do
        if [[ $line == :files ]]; then
            compopt -o default
            local files
            mapfile -t files < <(compgen -f -- "$current")
            COMPREPLY+=("${files[@]}")
        else
            COMPREPLY+=("$(printf %q "${line%%$'\t'*}")")
        fi
    done < <(vexctl complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _vexctl vexctl
)SCRIPT";

const char kZsh[] = R"SCRIPT(#compdef vexctl
# vexctl completion zsh
_vexctl() {
    local line
    local -a found
    for line in "${(@f)$(vexctl complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
        if [[ $line == :files ]]; then
            _files
        elif [[ -n $line ]]; then
            found+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
        fi
    done
    (( ${#found} )) && _describe vexctl found
}
compdef _vexctl vexctl
)SCRIPT";

const char kFish[] = R"SCRIPT(# vexctl completion fish
function __vexctl_complete
    set -l words (commandline -opc) (commandline -ct)
    for line in (vexctl complete -- $words[2..-1] 2>/dev/null)
        if test "$line" = ":files"
            __fish_complete_path (commandline -ct)
        else
            echo $line
        end
    end
end
complete -c vexctl -f -a '(__vexctl_complete)'
)SCRIPT";

} // namespace

std::string completionScript(const std::string &shell)
{
    return shell == "bash" ? kBash : shell == "zsh" ? kZsh : kFish;
}

} // namespace vexfs::cli
