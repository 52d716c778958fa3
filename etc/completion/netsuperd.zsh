#compdef netsuperd
# Completion of netsuperd(8) for zsh. "netsuperd complete" knows what may follow.
_netsuperd() {
	local -a offers
	offers=("${(@f)$("${(Q)words[1]}" complete "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}")
	if [[ $offers[1] == "<file>" ]]; then
		_files
		return
	fi
	offers=("${(@)${(@)offers//:/\\:}/$'\t'/:}")
	_describe -V netsuperd offers
}
if [[ $funcstack[1] == _netsuperd ]]; then _netsuperd "$@"; else compdef _netsuperd netsuperd; fi
