# Completion of netsuperd(8) for bash. "netsuperd complete" knows what may follow; bash breaks words at more characters than blanks.
_netsuperd() {
	local line=${COMP_LINE:0:COMP_POINT} words offers offer typed before
	read -ra words <<<"${line//\\/}"
	[[ $line != *[[:space:]] ]] || words+=("")
	mapfile -t offers < <("$1" complete "${words[@]:1}" 2>/dev/null)
	COMPREPLY=()
	if [[ ${offers[0]-} == "<file>" ]]; then
		compopt -o default
		return
	fi
	typed=${words[-1]}
	before=${typed%"${typed##*["$COMP_WORDBREAKS"]}"}
	for offer in "${offers[@]%%$'\t'*}"; do
		COMPREPLY+=("$(printf %q "${offer#"$before"}")")
	done
}
complete -F _netsuperd netsuperd
