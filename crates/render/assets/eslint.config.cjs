"use strict";
const js = require("@eslint/js");

module.exports = [
  js.configs.recommended,
  {
    languageOptions: { ecmaVersion: 2022, sourceType: "script" },
    rules: {
      // The scripts of a page share their names; TypeScript knows which are defined.
      "no-undef": "off",
      "no-unused-vars": ["error", { vars: "local" }],
      "eqeqeq": "error",
      "no-var": "error",
      "prefer-const": "error",
      "no-eval": "error",
      "no-implied-eval": "error",
      // Texts of traced processes are put in as text.
      "no-restricted-properties": ["error",
        { property: "innerHTML", message: "use textContent or element()" },
        { property: "outerHTML", message: "use textContent or element()" },
        { property: "insertAdjacentHTML", message: "use append()" }],
    },
  },
];
