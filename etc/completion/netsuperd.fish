# Completion of netsuperd(8) for fish. "netsuperd complete" knows what may follow.
function __netsuperd_offers
    set -l words (commandline -opc) (commandline -ct)
    set -l offers ($words[1] complete $words[2..] 2>/dev/null)
    if test "$offers[1]" = "<file>"
        __fish_complete_path (commandline -ct)
    else
        printf '%s\n' $offers
    end
end
complete -c netsuperd -f -k -a '(__netsuperd_offers)'
