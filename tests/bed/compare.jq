# What was predicted ($predicted) beside what was measured ($measured, and $writers: who wrote what), as `simulate --json` has it:
# lines "ok ..." and "different ...". $tolerance is in milliseconds; $at_most: less may be lost than was predicted.

def seconds: "\(. / 100 | round / 10) s";

# ---- moves: each machine makes the same ones, by the same rules, at about the same times ----

def moves_of($name): [.events[] | select("\(.server) \(.machine)" == $name) | select(.from != .to) | {at_ms, move: "\(.from) -> \(.to) (\(.rule))"}];
def machines: [.events[] | select(.machine | test("^(failover|main) ")) | "\(.server) \(.machine)"];
def told: map("\(.move) at \(.at_ms | seconds)") | if length == 0 then "none" else join(", ") end;

def compare_moves($machine; $a; $b):
    if ($a | map(.move)) != ($b | map(.move)) then
        "different \($machine): predicted \($a | told); made \($b | told)"
    else
        ([range($a | length)] | map($b[.].at_ms - $a[.].at_ms | fabs) | max // 0) as $off
        | if $off > $tolerance then
            "different \($machine): moves up to \($off | seconds) apart: predicted \($a | told); made \($b | told)"
          else "ok \($machine): \($a | length) moves as predicted, at most \($off | seconds) apart" end
    end;

# ---- spans of time ----

# The parts of the spans $a that none of the spans $b covers, longer than the tolerance.
def beyond($a; $b):
    $b | map(select(.to_ms > .from_ms)) as $covers
    | [$a[] | reduce $covers[] as $cover ([.];
           [.[] | if $cover.to_ms <= .from_ms or $cover.from_ms >= .to_ms then .
                  else {from_ms, to_ms: $cover.from_ms}, {from_ms: $cover.to_ms, to_ms} end
                | select(.to_ms > .from_ms)])]
    | map(.[] | select(.to_ms - .from_ms > $tolerance));

def spans: map("\(.from_ms | seconds) to \(.to_ms | seconds)") | if length == 0 then "never" else join(", ") end;

def compare_spans($what; $a; $b; $apart):
    if $apart == [] then "ok \($what): predicted \($a | spans), measured \($b | spans)"
    else "different \($what): predicted \($a | spans), measured \($b | spans)" end;

# Where one of the two says so and the other does not, that lasts no longer than the tolerance.
def compare_spans($what; $a; $b): compare_spans($what; $a; $b; beyond($a; $b) + beyond($b; $a));
def compare_gaps($what; $a; $b): if $at_most then compare_spans($what; $a; $b; beyond($b; $a)) else compare_spans($what; $a; $b) end;
def compare_writers($what; $a; $b): if $at_most then compare_spans($what; $a; $b; beyond($a; $b)) else compare_spans($what; $a; $b) end;

def merged: sort_by(.from_ms) | reduce .[] as $span ([];
    if length > 0 and $span.from_ms <= .[-1].to_ms then .[-1].to_ms = ([.[-1].to_ms, $span.to_ms] | max) else . + [{from_ms: $span.from_ms, to_ms: $span.to_ms}] end);
def written_by($server): map(select(.server == $server)) | merged;

$predicted[0][0] as $p | $measured[0][0] as $m
| (if $chance then empty else
       ($p | machines) + ($m | machines) | unique[] | . as $name | compare_moves($name; $p | moves_of($name); $m | moves_of($name))
   end),
  ($p.cameras[] as $camera
   | ($m.cameras[] | select(.name == $camera.name)) as $found
   | compare_gaps("\($camera.name) unrecorded"; $camera.gaps; $found.gaps),
     (([$writers[0][] | select(.name == $camera.name)] + $found.by) as $written
      | ($camera.by + $written | map(.server) | unique)[] as $server
      | compare_writers("\($camera.name) recorded by \($server)"; $camera.by | written_by($server); $written | written_by($server))))
