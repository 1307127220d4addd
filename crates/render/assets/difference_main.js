"use strict";
difference.build();
difference.bar();
difference.listen();
difference.restore();
difference.draw();
prepareTables();
window.addEventListener("resize", difference.draw);
window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", difference.draw);
