"use strict";
prepareTables();
relative.begin();
