if ((BASH_VERSINFO[0] < 3)); then
  echo 'unbridge: this needs bash 3.2 or newer' >&2
  exit 1
fi
for tool in aws jq; do
  command -v "$tool" >/dev/null || {
    echo "unbridge: this needs $tool" >&2
    exit 1
  }
done
export AWS_PAGER='' AWS_CLI_AUTO_PROMPT=off AWS_RETRY_MODE=standard

mode=${1:-forward}
case $mode in
  forward | back) ;;
  *)
    echo "usage: $0 [back]" >&2
    exit 2
    ;;
esac

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir "$state.lock" 2>/dev/null ||
  die "another run holds $state.lock; if there is none, remove that folder"
trap 'rm -rf "$scratch" "$state.lock"' EXIT
trap 'exit 130' INT TERM

if [[ -s $state ]]; then
  [[ $(head -n 1 "$state") == "$plan" ]] || die "$state is of another plan"
else
  note "$plan"
fi

look sts get-caller-identity --query Account
[[ $told == "\"$account\"" ]] || die "these are credentials of account $told, not of $account"
