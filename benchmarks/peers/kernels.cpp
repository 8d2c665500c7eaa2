// Workloads as loops for Enzyme: the result, the arrays, and then the numbers. Its compiler has no header of C.

template <std::size_t N>
using Square = enzyme::tensor<double, N, N>;

template <std::size_t N>
void seidel(enzyme::tensor<double, 1>& out, const Square<N>& A0, int sweeps, int) {
  double A[N][N];
  for (std::size_t i = 0; i < N; i++)
    for (std::size_t j = 0; j < N; j++) A[i][j] = A0[i][j];
  for (int t = 0; t < sweeps; t++)
    for (std::size_t i = 1; i < N - 1; i++)
      for (std::size_t j = 1; j < N - 1; j++)
        A[i][j] = (A[i - 1][j - 1] + A[i - 1][j] + A[i - 1][j + 1] + A[i][j - 1] + A[i][j] + A[i][j + 1] +
                   A[i + 1][j - 1] + A[i + 1][j] + A[i + 1][j + 1]) / 9.0;
  double s = 0.0;
  for (std::size_t i = 0; i < N; i++)
    for (std::size_t j = 0; j < N; j++) s += A[i][j] * A[i][j];
  out[0] = s;
}

template <std::size_t N>
void jacobi(enzyme::tensor<double, 1>& out, const Square<N>& A0, const Square<N>& B0, int steps, int) {
  double A[N][N], B[N][N];
  for (std::size_t i = 0; i < N; i++)
    for (std::size_t j = 0; j < N; j++) {
      A[i][j] = A0[i][j];
      B[i][j] = B0[i][j];
    }
  for (int t = 0; t < steps; t++) {
    for (std::size_t i = 1; i < N - 1; i++)
      for (std::size_t j = 1; j < N - 1; j++)
        B[i][j] = 0.2 * (A[i][j] + A[i][j - 1] + A[i][j + 1] + A[i + 1][j] + A[i - 1][j]);
    for (std::size_t i = 1; i < N - 1; i++)
      for (std::size_t j = 1; j < N - 1; j++)
        A[i][j] = 0.2 * (B[i][j] + B[i][j - 1] + B[i][j + 1] + B[i + 1][j] + B[i - 1][j]);
  }
  double s = 0.0;
  for (std::size_t i = 0; i < N; i++)
    for (std::size_t j = 0; j < N; j++) s += A[i][j] * A[i][j];
  out[0] = s;
}

template <std::size_t N>
void cholesky(enzyme::tensor<double, 1>& out, const Square<N>& A0, int) {
  double A[N][N];
  for (std::size_t i = 0; i < N; i++)
    for (std::size_t j = 0; j < N; j++) A[i][j] = A0[i][j];
  for (std::size_t i = 0; i < N; i++) {
    for (std::size_t j = 0; j < i; j++) {
      double t = A[i][j];
      for (std::size_t k = 0; k < j; k++) t -= A[i][k] * A[j][k];
      A[i][j] = t / A[j][j];
    }
    double t = A[i][i];
    for (std::size_t k = 0; k < i; k++) t -= A[i][k] * A[i][k];
    A[i][i] = __builtin_sqrt(t);
  }
  double s = 0.0;
  for (std::size_t i = 0; i < N; i++)
    for (std::size_t j = 0; j <= i; j++) s += A[i][j];
  out[0] = s;
}

template <std::size_t N>
void lu(enzyme::tensor<double, 1>& out, const Square<N>& A0, int) {
  double A[N][N];
  for (std::size_t i = 0; i < N; i++)
    for (std::size_t j = 0; j < N; j++) A[i][j] = A0[i][j];
  for (std::size_t i = 0; i < N; i++)
    for (std::size_t k = 0; k < i; k++) {
      A[i][k] /= A[k][k];
      for (std::size_t j = k + 1; j < N; j++) A[i][j] -= A[i][k] * A[k][j];
    }
  double s = 0.0;
  for (std::size_t i = 0; i < N; i++)
    for (std::size_t j = 0; j < N; j++) s += A[i][j];
  out[0] = s;
}

template <std::size_t N>
void triangular(enzyme::tensor<double, 1>& out, const Square<N>& L, const enzyme::tensor<double, N>& b, int) {
  double x[N];
  double s = 0.0;
  for (std::size_t i = 0; i < N; i++) {
    double t = b[i];
    for (std::size_t j = 0; j < i; j++) t -= L[i][j] * x[j];
    x[i] = t / L[i][i];
    s += x[i] * x[i];
  }
  out[0] = s;
}

template <std::size_t N>
void log_sum_exp(enzyme::tensor<double, 1>& out, const enzyme::tensor<double, N>& x) {
  double m = x[0];
  for (std::size_t i = 1; i < N; i++) m = x[i] > m ? x[i] : m;
  double s = 0.0;
  for (std::size_t i = 0; i < N; i++) s += __builtin_exp(x[i] - m);
  out[0] = m + __builtin_log(s);
}

template <std::size_t K, std::size_t D, std::size_t N>
void mixture(enzyme::tensor<double, 1>& out, const enzyme::tensor<double, K>& alphas,
             const enzyme::tensor<double, K, D>& means, const enzyme::tensor<double, K, D>& scales,
             const enzyme::tensor<double, N, D>& x) {
  double inverse[K][D], terms[K];
  for (std::size_t c = 0; c < K; c++)
    for (std::size_t j = 0; j < D; j++) inverse[c][j] = __builtin_exp(scales[c][j]);
  double total = 0.0;
  for (std::size_t i = 0; i < N; i++) {
    for (std::size_t c = 0; c < K; c++) {
      double t = alphas[c];
      for (std::size_t j = 0; j < D; j++) {
        double z = inverse[c][j] * (x[i][j] - means[c][j]);
        t += scales[c][j] - 0.5 * z * z;
      }
      terms[c] = t;
    }
    double m = terms[0];
    for (std::size_t c = 1; c < K; c++) m = terms[c] > m ? terms[c] : m;
    double s = 0.0;
    for (std::size_t c = 0; c < K; c++) s += __builtin_exp(terms[c] - m);
    total += m + __builtin_log(s);
  }
  out[0] = total;
}

template <std::size_t K, std::size_t D, std::size_t N>
void k_means(enzyme::tensor<double, 1>& out, const enzyme::tensor<double, K, D>& centres,
             const enzyme::tensor<double, N, D>& points) {
  double cost = 0.0;
  for (std::size_t i = 0; i < N; i++) {
    double best = __builtin_huge_val();
    for (std::size_t c = 0; c < K; c++) {
      double distance = 0.0;
      for (std::size_t j = 0; j < D; j++) {
        double apart = points[i][j] - centres[c][j];
        distance += apart * apart;
      }
      best = distance < best ? distance : best;
    }
    cost += best;
  }
  out[0] = cost;
}
