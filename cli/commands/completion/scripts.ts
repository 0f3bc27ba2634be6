/**
 * What the shells run. Each asks `flux completion words SHELL …` for a line a candidate, the word and what it is with a tab between; `:files` stands for
 * the files that the shell itself finds. A word that ends in `=` has more to come.
 */
export const scripts = {
  bash: String.raw`# Completion of flux for bash. In ~/.bashrc: source <(flux completion bash)
_flux() {
  local word help
  COMPREPLY=()
  while IFS=$'\t' read -r word help; do
    case $word in
      :files) compopt -o default ;;
      *=) compopt -o nospace && COMPREPLY+=("$word") ;;
      *) COMPREPLY+=("$word") ;;
    esac
  done < <("\${COMP_WORDS[0]/#\~/$HOME}" completion words bash "\${COMP_LINE:0:COMP_POINT}" 2>/dev/null)
}
complete -F _flux flux
`.replaceAll('\\${', '${'),
  zsh: String.raw`#compdef flux
# Completion of flux for zsh. In ~/.zshrc, after compinit: source <(flux completion zsh), or this as a file _flux in a folder of fpath
_flux() {
  local line word help
  local -a described unfinished
  for line in "\${(@f)$("\${(Q)words[1]/#\~/$HOME}" completion words zsh "\${(@Q)words[2,CURRENT]}" 2>/dev/null)}"; do
    word=\${line%%$'\t'*} help=\${line#*$'\t'}
    case $word in
      '') ;;
      :files) compset -P '*='; _files; return ;;
      *=) unfinished+=("\${word//:/\\:}\${help:+:$help}") ;;
      *) described+=("\${word//:/\\:}\${help:+:$help}") ;;
    esac
  done
  _describe flux described -- unfinished -S ''
}
if [[ \${funcstack[1]} == _flux ]]; then _flux "$@"; else compdef _flux flux; fi
`.replaceAll('\\${', '${'),
} as const;

export type Shell = keyof typeof scripts;
