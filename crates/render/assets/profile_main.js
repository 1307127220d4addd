"use strict";
heat.begin();
prepareTables();
