# emacs without a screen byte-compiles its own Lisp and works on a buffer
needs=(emacs)
prepare() { make_text 15000 >text; }
run() {
    cat >work.el <<'END'
(defun work (n) (let ((h (make-hash-table :test 'equal)))
  (dotimes (i n) (puthash (format "k%d" (% (* i 7919) 5003)) (make-string (% i 50) ?x) h)) (hash-table-count h)))
(defmacro twice (x) `(list ,x ,x))
(defun more () (mapcar (lambda (x) (twice (* x x))) (number-sequence 1 9)))
END
    with emacs -Q --batch --eval '(setq byte-compile-verbose nil)' -f batch-byte-compile work.el
    with emacs -Q --batch -l work.elc --eval "(progn
        (princ (format \"%s %s\n\" (work 200000) (more)))
        (insert-file-contents \"$inputs/text\")
        (while (re-search-forward \"w\\\\([0-9]+\\\\)\" nil t) (replace-match (upcase (match-string 0)) t))
        (sort-lines t (point-min) (point-max)) (fill-region (point-min) (/ (point-max) 10))
        (garbage-collect)
        (princ (secure-hash 'sha256 (current-buffer)))
        (with-temp-buffer (call-process \"echo\" nil t nil \"child\") (princ (buffer-string))))"
}
