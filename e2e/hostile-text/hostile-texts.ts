/**
 * Texts that become more than text where one is inserted unescaped, or escaped for another place. `boom` would be
 * called. Each has at most 140 characters, and `cat` for the search.
 */
export const HOSTILE_TEXTS = [
  'cat <script>boom()</script>',
  'cat <img src=x onerror=boom()>',
  'cat <svg/onload=boom()><style>*{display:none}</style>',
  'cat </title></noscript></textarea><script>boom()</script>',
  'cat <!--<script>boom()--></script><iframe srcdoc="<script>parent.boom()</script>">',
  'cat ]]><script>boom()</script><![CDATA[',
  `cat "><script>boom()</script>`,
  `cat ' onmouseover='boom()' autofocus onfocus='boom()`,
  'cat " autofocus onfocus="boom()" content="0;url=javascript:boom()" http-equiv="refresh',
  'cat javascript:boom() data:text/html,<script>boom()</script>',
  'cat <a href="javascript:boom()">here</a> <form action=javascript:boom()><button>here</button></form>',
  'cat https://cats.example/"onmouseover="boom()"x=" https://cats.example/<script>boom()</script>',
  'cat &lt;script&gt;boom()&lt;/script&gt; &amp;lt;img src=x onerror=boom()&amp;gt;',
  'cat &#60;script&#62;boom()&#60;/script&#62; &#x3c;img src=x onerror=boom()&#x3e;',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: for a template engine that evaluates it
  'cat {{constructor.constructor("boom()")()}} ${boom()} <%= boom() %> #{boom()}',
  "cat $& $` $' $1 $<n> \\u003cscript\\u003eboom()\\u003c/script\\u003e",
  '<em>cat</em> <mark>cat</mark> <b>c</b>at',
  'cat %3Cscript%3Eboom()%3C/script%3E +ADw-script+AD4-boom()+ADw-/script+AD4-',
  'cat \u202egnp.exe\u2066 abc\u200b\u200d\u2060\ufeff <script\u200b>boom()</script\u200b>',
  'cat \u2028boom()\u2029 \u00a0<script\u00a0>boom()</script>',
];
