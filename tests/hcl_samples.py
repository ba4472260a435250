"""HCL texts for the tests of syntax, each about one thing, and those on which python-hcl2 and Terraform disagree."""

from __future__ import annotations

from typing import Final

SAMPLES: Final = {
    "nothing": "",
    "comments": "# a\n// b\n/* c\n d */ a = 1 # e\nb = [ # f\n 1, // g\n]\n",
    "a comment before an operator": "a = 1 /* x */ + 2\n",
    "line ends of two characters": 'a = 1\r\nb "c" {\r\n  d = <<EOT\r\nx\r\nEOT\r\n}\r\n',
    "tabs": "a\t=\t1\n",
    "names with dashes": "a-b = c-d\n",
    "words as names": "if = 1\nin = 2\nnull = 3\ntrue {\n}\n",
    "labels": 'a "b" c "d" {\n}\nresource "aws_iam_role" "acme\\"s" {\n}\n',
    "bodies": "a {}\nb {\n}\nc { d = 1 }\ne {\n  f {\n    g {\n      h = 1\n    }\n  }\n  i = 2\n\n  f {}\n}\n",
    "an argument called for": "x {\n  for = 1\n}\n",
    "numbers": "a = [0, 1, 1.5, 1e5, 1.5E-3, -1, -1.5]\n",
    "words": "a = [true, false, null]\n",
    "escapes": 'a = "\\n\\r\\t\\"\\\\ \\u00e9 \\U0001F600"\n',
    "signs that are no sequences": 'a = "$ % $$ %% $x %d 100%"\nb = "$${c} %%{d}"\n',
    "interpolations": 'a = "x ${var.a} y${b}"\nb = "${c}"\nd = "${f("x", "${y["z"]}")}"\n',
    "an interpolation with an object": 'a = "${jsonencode({ b = { c = "}" } })}"\n',
    "directives": 'a = "%{ if b }c%{ else }d%{ endif }%{ for x, y in z }${x}%{ endfor }%{ for x in y }z%{ endfor }"\n',
    "nested directives": 'a = "%{ if b }%{ for c in d }%{ if c }e%{ endif }%{ endfor }f%{ endif }"\n',
    "a heredoc": "a = <<EOT\nx ${y}\n  z\nEOT\nb = <<E\nE\n",
    "an indented heredoc": "a = <<-EOT\n    x\n      y\n\n    EOT\nb = 1\n",
    "heredocs in brackets": "a = [<<EOT\nx\nEOT\n, 1]\nb = f(<<EOT\nx\nEOT\n)\n",
    "a heredoc with its marker inside": "a = <<EOT\nEOTX\nx EOT\nEOT\n",
    "policies": 'a = jsonencode({\n  Version = "2012-10-17"\n  "Statement" : [{ Action = ["s3:Get*"] },]\n})\n',
    "references": 'a = b.c["d"].e[0].f[each.key]\n',
    "old indices": "a = b.0.c\nd = e.*.0\n",
    "splats": "a = b.*.c\nd = e[*].f[0].g\nh = i[*].j[*].k\n",
    "steps behind anything": 'a = [(b).c, f(1)[0].d, [1][0], {b = 1}.b, "x"[0]]\n',
    "calls": "a = f()\nb = f(1, 2,)\nc = f(b...)\nd = f(\n  1,\n  2\n)\n",
    "functions of providers": "a = provider::aws::arn_parse(x)\n",
    "precedence": "a = 1 || 2 && 3 == 4 < 5 + 6 * 7 % 8\nb = !c.d && e\nf = 2 * -1\n",
    "groups from the left": "a = 1 - 2 - 3 / 4 / 5\nb = c == d != e\nf = g-1\n",
    "parentheses": "a = (\n  1\n  +\n  2\n) * (3)\n",
    "conditionals": 'a = b ? c : d ? "e" : f\ng = h == "" ? [] : [1]\n',
    "operators over several lines": "a = (b ||\n  c)\nd = [e\n  ? f\n  : g]\n",
    "collections": "a = []\nb = {}\nc = [1,\n  [2], ]\nd = { e : 1 }\nf = {\n  g = 1\n  h = 2, i = 3\n\n}\n",
    "keys": 'a = { "x${y}" = 1, (z) = 2, 3 = 4, true = 1, for_each = 2, b = 3, for = 4, "c" = 5 }\n',
    "for over several lines": "a = [\n  for x in y :\n  x.z\n  if x != null\n]\n",
    "for with keys": 'a = [for k, v in b : "${k}-${v}"]\n',
    "for that makes an object": "a = {\n  for x, y in z :\n  x => y...\n  if x\n}\nb = { for c in d : c.e => c }\n",
    "for inside for": "a = { for b in c : b => { for d in b : d => [for e in d : e] } }\n",
}
"""What Terraform, we and python-hcl2 read in the same way."""

ONLY_OURS: Final = {
    "a heredoc's marker may have blanks behind it": "a = <<EOT\nx\nEOT  \n",
    "interpolations have strip markers": 'a = "x ${~ y ~} z"\n',
    "names have letters of any script": "größe = ä\n",
    "`${` alone can be escaped": 'a = "$${"\n',
    "a namespace may have one name": "a = b::c(1)\n",
    "operators stand before operators": "a = !!b\n",
    "lines may end inside `${ }`": 'a = "${b\n}"\n',
    "a text may begin with a byte order mark": "\ufeffa = 1\n",
}
"""What python-hcl2 cannot read, and why it should. Terraform 1.11 reads each."""

ONLY_THEIRS: Final = {
    "an argument ends with its line": "a = 1 b = 2\n",
    "an operator does not begin a line": "a = 1\n  + 2\n",
    "an operand does not begin a line": "a = b ?\n c : d\n",
    "an argument is set once": "a = 1\na = 2\n",
    "a quoted text stands on one line": 'a = "x\ny"\n',
    "escapes are five letters and two signs": 'a = "\\q"\n',
    "a block on one line has one argument": "a { b { c = 1 } }\n",
    "a brace stands on a line of its own": "a {\n b = 1 }\n",
    "a block's brace stands on its first line": "a\n{\n}\n",
    "a comment in a line does not end it": "a = 1 /*\n*/ b = 2\n",
}
"""What python-hcl2 reads although it is wrong, and why. Terraform 1.11 refuses each."""

SEEN_OTHERWISE: Final = {
    "directives' strip markers take blanks away": 'a = "%{ if b ~} c %{~ endif }"\n',
}
"""What python-hcl2 reads in another way, and why ours is right."""
