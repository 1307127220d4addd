"use strict";
prepareTables();
