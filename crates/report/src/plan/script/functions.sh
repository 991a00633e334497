# What the steps are written with. Only what is used is emitted.

say() {
  printf '%s\n' "$*"
}

die() {
  printf 'unbridge: %s\n' "$*" >&2
  exit 1
}

# What AWS or the CLI said last, without characters that mislead.
refusal() {
  LC_ALL=C tr '\000-\010\013-\037\177' '?' <"$scratch/refusal"
}

# Reads something; the answer is in `told`.
look() {
  told=$(aws --region "$region" --output json "$@" 2>"$scratch/refusal") ||
    die "aws $1 $2 cannot be asked: $(refusal)"
}

# Whether the answer is `true`. What is not there is not so.
is_true() {
  if told=$(aws --region "$region" --output json "$@" 2>"$scratch/refusal"); then
    [[ $told == true ]]
    return
  fi
  grep -q 'An error occurred ([A-Za-z.]*NotFound[A-Za-z]*)' "$scratch/refusal" ||
    die "aws $1 $2 cannot be asked: $(refusal)"
  return 1
}

# Makes one change; the answer is in `told`. What AWS puts off is asked for again; what it did not
# answer is not: the next run looks whether it was made.
change() {
  local pause=5 patience=$((SECONDS + 1200))
  printf '+ aws --region %q' "$region"
  printf ' %q' "$@"
  printf '\n'
  until told=$(AWS_MAX_ATTEMPTS=1 aws --region "$region" --output json "$@" 2>"$scratch/refusal"); do
    if ((SECONDS >= patience)) || ! grep -Eq "$later" "$scratch/refusal"; then
      die "this was refused, or not answered: $(refusal)
Run the script again: it first looks whether the change was made."
    fi
    sleep "$pause"
    pause=$((pause < 30 ? pause * 2 : 60))
  done
}

noted() {
  grep -qxF -- "$1" "$state"
}

note() {
  printf '%s\n' "$1" >>"$state"
}

# Begins a step, unless it is done. NAME WORDS
begin() {
  if noted "$1 done"; then
    return 1
  fi
  say ''
  say "== $1: $2"
}

# Ends the script unless this is so. WORDS STATE...
need() {
  local words=$1
  shift
  "$@" || die "this has to be so, and is not seen to be: $words"
}

# Waits until this is so. SECONDS WORDS STATE...
await() {
  local patience=$((SECONDS + $1)) words=$2
  shift 2
  until "$@"; do
    if ((SECONDS >= patience)); then
      die "this has not come to be so: $words"
    fi
    sleep 5
  done
  say "   $words"
}

# Looks for what a step has made; its id is in `id`. NAME CALL...
mine() {
  local patience=$SECONDS
  if noted "$1 begun"; then
    # A new thing may take minutes to show.
    patience=$((SECONDS + 300))
  fi
  while true; do
    look "${@:2}"
    case $(jq length <<<"$told") in
      0) ;;
      1)
        id=$(jq -r '.[0]' <<<"$told")
        say "   made before: $id"
        return
        ;;
      *) die "step $1 seems to have made several things; delete all but one: $told" ;;
    esac
    if ((SECONDS >= patience)); then
      return 1
    fi
    sleep 5
  done
}

# Notes what a step has made; it is in `id`. NAME
made() {
  [[ $id =~ ^[A-Za-z0-9-]+$ ]] || die "step $1 has made what is no id"
  noted "$1 made $id" || note "$1 made $id"
}

# Begins the way back from a step, unless nothing is to be taken back. NAME WORDS
back_from() {
  if noted "$1 undone" || ! { noted "$1 begun" || noted "$1 done"; }; then
    return 1
  fi
  say ''
  say "== back from $1: $2"
}

# Asks a person. WORDS
ask() {
  local reply
  if [[ ${UNBRIDGE_YES:-} == 1 ]]; then
    say "$1 yes (UNBRIDGE_YES=1)"
    return
  fi
  [[ -t 0 ]] || die "a person has to answer this: $1 Run it in a terminal, or with UNBRIDGE_YES=1."
  read -r -p "$1 [yes] " reply
  [[ $reply == yes ]] || die "stopped here. Run the script again to go on, or with \"back\"."
}

# Waits. SECONDS WORDS
pause() {
  say "   waiting for $1 s: $2"
  sleep "$1"
}

# Whether two stages run the same, but for what methods of the first were set to. API STAGE LIKE BUT
alike() {
  local form
  # A list of many methods is longer than an argument may be.
  printf '%s' "$4" >"$scratch/but"
  for form in oas30 swagger; do
    if exported "$1" "$2" "$form" "$scratch/ours" && exported "$1" "$3" "$form" "$scratch/theirs"; then
      jq --exit-status --null-input --slurpfile ours "$scratch/ours" \
        --slurpfile theirs "$scratch/theirs" --slurpfile but "$scratch/but" '
        def bare: del(.info, .servers, .host, .basePath);
        ($ours[0] | bare) as $is
        | reduce $but[0][] as $one ($theirs[0] | bare;
            ["paths", $one.path, $one.verb, "x-amazon-apigateway-integration"] as $at
            | setpath($at; (getpath($at) // {}) + $one.set)
            | if ($is | getpath($at).integrationTarget) == null
              then delpaths([$at + ["integrationTarget"]]) else . end)
        | . == $is' >/dev/null
      return
    fi
  done
  return 1
}

# Exports a stage, if it can be exported in this form. API STAGE FORM FILE
exported() {
  if aws --region "$region" --output json apigateway get-export --rest-api-id "$1" \
    --stage-name "$2" --export-type "$3" --parameters extensions=apigateway \
    --accepts application/json "$4" >/dev/null 2>"$scratch/refusal"; then
    return
  fi
  grep -Eq 'An error occurred \((NotFound|BadRequest)Exception\)' "$scratch/refusal" ||
    die "stage $2 of API $1 cannot be exported: $(refusal)"
  return 1
}

# Makes a stage with the variables, client certificate, throttling and web ACL of another one.
# API STAGE ARN INPUT LOOK...
stage_like() {
  local like place patches acl
  look "${@:5}"
  like=$told
  acl=$(jq -r '.webAclArn // ""' <<<"$like")
  if [[ -n $acl && $acl != *:wafv2:* ]]; then
    die "the stage to be like has a web ACL of WAF Classic"
  fi
  place=$(jq -nac --arg api "$1" --arg stage "$2" '{restApiId: $api, stageName: $stage}')
  if ! is_true apigateway get-stage --cli-input-json "$place" --query 'stageName != `null`'; then
    change apigateway create-stage --cli-input-json "$(jq -ac --argjson like "$like" \
      '. + {variables: ($like.variables // {})}' <<<"$4")"
  fi
  furnish "$1" "$2" "$3" "${@:5}"
}

# Gives a stage the client certificate, throttling and web ACL of another one. API STAGE ARN LOOK...
furnish() {
  local like place patches acl
  look "${@:4}"
  like=$told
  acl=$(jq -r '.webAclArn // ""' <<<"$like")
  place=$(jq -nac --arg api "$1" --arg stage "$2" '{restApiId: $api, stageName: $stage}')
  patches=$(jq -ac --argjson place "$place" '
    def set($path): select(. != null) | {op: "replace", path: $path, value: tostring};
    [(.clientCertificateId | set("/clientCertificateId")),
     (.methodSettings["*/*"] | select(. != null)
       | (.throttlingRateLimit | set("/*/*/throttling/rateLimit")),
         (.throttlingBurstLimit | set("/*/*/throttling/burstLimit")))]
    | $place + {patchOperations: .}' <<<"$like")
  if [[ $(jq '.patchOperations | length' <<<"$patches") != 0 ]]; then
    change apigateway update-stage --cli-input-json "$patches"
  fi
  if [[ -n $acl ]]; then
    change wafv2 associate-web-acl --cli-input-json "$(jq -nac --arg acl "$acl" --arg stage "$3" \
      '{WebACLArn: $acl, ResourceArn: $stage}')"
  fi
}

# Whether a stage has the client certificate, throttling and web ACL of another one. API STAGE LIKE
furnished() {
  local ours place
  place=$(jq -nac --arg api "$1" --arg stage "$2" '{restApiId: $api, stageName: $stage}')
  is_true apigateway get-stage --cli-input-json "$place" --query 'stageName != `null`' || return 1
  look apigateway get-stage --cli-input-json "$place"
  ours=$told
  look apigateway get-stage --cli-input-json "$(jq -ac --arg stage "$3" '.stageName = $stage' <<<"$place")"
  jq --exit-status --null-input --argjson ours "$ours" --argjson like "$told" '
    def parts: [.clientCertificateId // "", .webAclArn // "",
      (.methodSettings["*/*"]
        | if . == null then "" else [.throttlingRateLimit, .throttlingBurstLimit] end)];
    [($like | parts), ($ours | parts)] | transpose
    | all(.[]; .[0] == "" or .[0] == .[1])' >/dev/null
}

# Makes an integration of an HTTP API like another one, but for what is set. SET LOOK...
integration_like() {
  local input
  look "${@:2}"
  input=$(jq -ac --argjson set "$1" '
    {ContentHandlingStrategy, CredentialsArn, IntegrationMethod, IntegrationSubtype,
     IntegrationType, PassthroughBehavior, PayloadFormatVersion, RequestParameters,
     RequestTemplates, ResponseParameters, TemplateSelectionExpression, TimeoutInMillis, TlsConfig}
    | with_entries(select(.value != null)) + $set' <<<"$told")
  change apigatewayv2 create-integration --cli-input-json "$input" --query IntegrationId
}

# Takes away the rules that let everything out of a security group. GROUP LOOK...
close_egress() {
  local input
  look "${@:2}"
  input=$(jq -ac --arg group "$1" '
    [.[] | with_entries(select(.value != null and .value != []))
      | select(.IpRanges != null or .Ipv6Ranges != null)]
    | {GroupId: $group, IpPermissions: .}' <<<"$told")
  change ec2 revoke-security-group-egress --cli-input-json "$input"
}

# Whether nothing in the region holds a link's id: no draft, no stage, no stage variable.
link_unused() {
  local link=$1 api stage apis stages
  look apigateway get-rest-apis --query 'items[].id'
  apis=$(jq -r '.[]?' <<<"$told")
  for api in $apis; do
    look apigateway get-resources --rest-api-id "$api" --embed methods
    [[ $told != *"\"$link\""* ]] || return 1
    look apigateway get-stages --rest-api-id "$api"
    [[ $told != *"\"$link\""* ]] || return 1
    if jq -e 'any(.item[]; .canarySettings and .canarySettings.deploymentId != .deploymentId)' \
      <<<"$told" >/dev/null; then
      die "what the canary release of a stage of API $api runs cannot be read"
    fi
    stages=$(jq -r '.item[].stageName' <<<"$told")
    for stage in $stages; do
      exported "$api" "$stage" oas30 "$scratch/any" || exported "$api" "$stage" swagger "$scratch/any" ||
        die "stage $stage of API $api cannot be exported"
      if grep -qF "\"$link\"" "$scratch/any"; then
        return 1
      fi
    done
  done
  look apigatewayv2 get-apis --query 'Items[].[ApiId, ProtocolType]'
  apis=$(jq -r '.[]? | select(.[1] == "HTTP")[0]' <<<"$told")
  for api in $(jq -r '.[]?[0]' <<<"$told"); do
    look apigatewayv2 get-integrations --api-id "$api"
    [[ $told != *"\"$link\""* ]] || return 1
  done
  for api in $apis; do
    look apigatewayv2 get-stages --api-id "$api" --query 'Items[?AutoDeploy != `true`].StageName'
    for stage in $(jq -r '.[]?' <<<"$told"); do
      look apigatewayv2 export-api --api-id "$api" --stage-name "$stage" --specification OAS30 \
        --output-type JSON --include-extensions "$scratch/any"
      if grep -qF "\"$link\"" "$scratch/any"; then
        return 1
      fi
    done
  done
}

# What a query finds, line by line, in `ids`: bash 3.2 has no mapfile. QUERY
listed() {
  local one
  ids=()
  while IFS= read -r one; do
    ids+=("$one")
  done < <(jq -r "$1")
}

# Whether the security groups of a load balancer let a link in. LINK ARN PORT
link_admitted() {
  local link rules ids
  look apigatewayv2 get-vpc-link --vpc-link-id "$1"
  link=$told
  look elbv2 describe-load-balancers --load-balancer-arns "$2" \
    --query 'LoadBalancers[].SecurityGroups[]'
  listed '.[]?' <<<"$told"
  ((${#ids[@]})) || return 1
  look ec2 describe-security-groups --group-ids "${ids[@]}" --query 'SecurityGroups[].IpPermissions[]'
  rules=$told
  listed '.SubnetIds[]?' <<<"$link"
  ((${#ids[@]})) || return 1
  look ec2 describe-subnets --subnet-ids "${ids[@]}" --query 'Subnets[].CidrBlock'
  jq -ne --argjson link "$link" --argjson rules "$rules" --argjson subnets "$told" --argjson port "$3" '
    def range:
      split("/") | (.[0] | split(".") | reduce .[] as $part (0; . * 256 + ($part | tonumber))) as $at
      | (.[1] | tonumber | pow(2; 32 - .)) as $size
      | ($at / $size | floor * $size) as $first | [$first, $first + $size];
    [$rules[]
      | select(.IpProtocol == "-1" or (.IpProtocol == "tcp" and .FromPort <= $port and $port <= .ToPort))] as $in
    | any($in[].UserIdGroupPairs[]?.GroupId; IN($link.SecurityGroupIds[]?))
      or ([$in[].IpRanges[]?.CidrIp | range] as $ranges
        | all($subnets[] | range; . as $own
          | any($ranges[]; .[0] <= $own[0] and $own[1] <= .[1])))' >/dev/null
}
